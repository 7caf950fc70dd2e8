// Le bandeau se pose par-dessus la page tant que la question n'a pas eu de réponse.
const banner = document.getElementById("temoins");

if (!document.cookie.split("; ").some((one) => one.startsWith("consentement="))) {
  banner.addEventListener("cancel", (event) => event.preventDefault()); // Échap ne répond pas
  banner.addEventListener("close", () => {
    const answer = banner.returnValue === "oui" ? "oui" : "non";
    document.cookie = `consentement=${answer}; max-age=15552000; path=/bibliotheque/; samesite=lax`;
  });
  banner.showModal();
}
