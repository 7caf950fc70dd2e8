// Dessiner tout de suite ce que contient la variable « citations » de la page.
import { show } from "./citation.js";

show(document.getElementById("citations"), window.citations);
