// Ce que les pages dessinées par JavaScript ont en commun.

/** Crée un élément : une étiquette, des attributs, du texte ou des enfants. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** La fiche d'une citation, la même que celle que le serveur dessine ailleurs. */
export function card(citation) {
  const hidden = element("span", { class: "cache" }, "Citation ");
  const tags = citation.etiquettes.map((one) =>
    element("li", {}, element("a", { rel: "tag", href: one.chemin }, one.nom)));
  const author = element("a", { rel: "author", href: citation.auteur.chemin }, citation.auteur.nom);
  const number = element("a", { rel: "bookmark", href: citation.chemin }, hidden, `n° ${citation.numero}`);
  return element("article", { class: "citation" },
    element("blockquote", { cite: citation.adresse }, element("p", {}, citation.texte)),
    element("p", { class: "signature" }, "— ", author),
    element("ul", { class: "etiquettes", "aria-label": "Étiquettes" }, ...tags),
    element("p", { class: "numero" }, number));
}

/** Demande des données brouillées et les rend lisibles. */
export async function unscramble(address, key) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`réponse ${answer.status}`);
  const mixed = Uint8Array.from(atob(await answer.text()), (c) => c.charCodeAt(0));
  const bytes = key.match(/../g).map((pair) => parseInt(pair, 16));
  const clear = mixed.map((byte, place) => byte ^ bytes[place % bytes.length]);
  return JSON.parse(new TextDecoder().decode(clear));
}

/** Ajoute des fiches à la page et dit combien il y en a. */
export function show(list, citations) {
  list.append(...citations.map(card));
  list.setAttribute("aria-busy", "false");
  return list.querySelectorAll(".citation").length;
}
