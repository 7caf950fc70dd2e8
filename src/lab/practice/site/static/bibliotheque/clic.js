// Dix citations de plus à chaque clic, jusqu'à la dernière.
import { show, unscramble } from "./citation.js";

const list = document.getElementById("citations");
const button = document.getElementById("suite");
const status = document.getElementById("etat");
let page = 0;

async function more() {
  button.disabled = true;
  list.setAttribute("aria-busy", "true");
  try {
    const data = await unscramble(`${list.dataset.source}?page=${page + 1}`, list.dataset.cle);
    page += 1;
    const count = show(list, data.citations);
    button.hidden = !data.suite;
    status.textContent = data.suite ? `${count} citations affichées` : `${count} citations : c’est tout.`;
  } catch (error) {
    button.hidden = false;
    status.textContent = "La suite n’a pas pu être chargée. Réessayez.";
  }
  button.disabled = false;
}

button.addEventListener("click", more);
more();
