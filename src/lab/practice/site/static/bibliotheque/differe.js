// Attendre un peu, demander les données, les rendre lisibles, dessiner.
import { show, unscramble } from "./citation.js";

const list = document.getElementById("citations");
const status = document.getElementById("etat");

setTimeout(async () => {
  try {
    const data = await unscramble(list.dataset.source, list.dataset.cle);
    show(list, data.citations);
    status.textContent = "";
  } catch (error) {
    status.textContent = "Les citations n’ont pas pu être chargées. Rechargez la page.";
  }
}, 400);
