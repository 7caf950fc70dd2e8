// Charger la suite quand le bas de la liste approche de la fenêtre.
import { show } from "./citation.js";

const list = document.getElementById("citations");
const status = document.getElementById("etat");
let next = list.dataset.source;

async function more() {
  const address = next;
  next = null; // une seule demande à la fois
  list.setAttribute("aria-busy", "true");
  status.textContent = "Chargement en cours…";
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`réponse ${answer.status}`);
    const data = await answer.json();
    const count = show(list, data.citations);
    next = data.suite;
    status.textContent = next ? `${count} citations sur ${data.total}` : `${count} citations : c’est tout.`;
    if (next) watch(); // de nouveau : le bas de la liste est peut-être encore visible
  } catch (error) {
    next = address;
    list.setAttribute("aria-busy", "false");
    status.textContent = "La suite n’a pas pu être chargée. Faites défiler pour réessayer.";
    addEventListener("scroll", watch, { once: true });
  }
}

function watch() {
  watcher.unobserve(status);
  watcher.observe(status);
}

const watcher = new IntersectionObserver((entries) => {
  if (next && entries.some((entry) => entry.isIntersecting)) more();
}, { rootMargin: "300px" });
watcher.observe(status);
