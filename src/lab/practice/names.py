"""First names and surnames of the invented people of the practice web."""

_MEN = """
Adrien Alexis Amaury Antoine Arnaud Bastien Benoît Bruno Cédric Clément Damien Denis Didier
Édouard Émile Étienne Fabrice Félix Florian Gaël Gaspard Gilles Guillaume Hugo Ismaël Jérôme Joseph
Karim Laurent Loïc Lucien Malo Marc Mathieu Mehdi Nathan Octave Olivier Pascal Quentin Rachid Rémi
Samuel Sébastien Théo Thierry Ulysse Valentin Yann Youssef"""
_WOMEN = """
Adèle Agathe Aïcha Alice Amandine Anaïs Anne Aurélie Bérénice Camille Capucine Céline
Chloé Clémence Coralie Delphine Diane Élise Éloïse Émeline Estelle Fanny Fatima Flore Garance
Hélène Inès Isabelle Jeanne Joséphine Judith Justine Lætitia Leïla Lise Louise Lucie Maëlle
Manon Margaux Mathilde Nadia Noémie Oriane Pauline Salomé Solène Sophie Violette Yasmine"""
_SURNAMES = """
Abadie Aubrac Azoulay Bardin Baussant Bellanger Benhaddou Bertholin Boisseau Bouvard
Brévin Cadoret Calvignac Carrère Castaing Chabrol Chastel Corvaisier Couderc Dambrine Daviaud
Delaunoy Delcroix Derouet Desrosières Diallo Dufresnoy Esnault Estève Fabrègues Falguière Ferrandi
Fontanel Fourcade Gaborit Garrigue Gauthereau Ghesquière Grandval Guéguen Guillemard Haddad
Hennebert Hervouët Jacquemin Jaffrelot Jourdain Kerbrat Kermarec Labadie Lacombe Lagarrigue
Lamoureux Lanvier Larroque Lavergne Lecoustre Lefaucheux Lestrade Loubière Malbosc Marchadier
Massoneau Mazurier Mercadal Mombrun Montagnac Nadaud Naudet Nivernet Oustalet Paillard Panchaud
Pelletan Peyrac Pinchard Pontcarré Quéméneur Quintard Rabouin Ravenel Reboul Rigaudon Rochefeuil
Roumégas Sabatier Saint-Aubert Sarrazin Savarit Sénéchal Sorlin Tardivel Tessereau Thévenard
Toussaint Trémolet Vaillancourt Valmorin Vasseur Verdonck Vignancour Wattecamps Yvernault Zerbib"""

FIRST_NAMES = (tuple(_MEN.split()), tuple(_WOMEN.split()))
SURNAMES = tuple(_SURNAMES.split())

# Public geography: (city, "in the city", region, "in the region").
PLACES = tuple(
    tuple(part.strip() for part in line.split("|"))
    for line in """
Brest|à Brest|Bretagne|en Bretagne
Rennes|à Rennes|Bretagne|en Bretagne
Quimper|à Quimper|Bretagne|en Bretagne
Nantes|à Nantes|Pays de la Loire|dans les Pays de la Loire
Angers|à Angers|Pays de la Loire|dans les Pays de la Loire
Lille|à Lille|Hauts-de-France|dans les Hauts-de-France
Amiens|à Amiens|Hauts-de-France|dans les Hauts-de-France
Rouen|à Rouen|Normandie|en Normandie
Caen|à Caen|Normandie|en Normandie
Le Havre|au Havre|Normandie|en Normandie
Strasbourg|à Strasbourg|Grand Est|dans le Grand Est
Reims|à Reims|Grand Est|dans le Grand Est
Metz|à Metz|Grand Est|dans le Grand Est
Dijon|à Dijon|Bourgogne-Franche-Comté|en Bourgogne-Franche-Comté
Besançon|à Besançon|Bourgogne-Franche-Comté|en Bourgogne-Franche-Comté
Lyon|à Lyon|Auvergne-Rhône-Alpes|en Auvergne-Rhône-Alpes
Grenoble|à Grenoble|Auvergne-Rhône-Alpes|en Auvergne-Rhône-Alpes
Clermont-Ferrand|à Clermont-Ferrand|Auvergne-Rhône-Alpes|en Auvergne-Rhône-Alpes
Marseille|à Marseille|Provence-Alpes-Côte d'Azur|en Provence-Alpes-Côte d'Azur
Nice|à Nice|Provence-Alpes-Côte d'Azur|en Provence-Alpes-Côte d'Azur
Toulouse|à Toulouse|Occitanie|en Occitanie
Montpellier|à Montpellier|Occitanie|en Occitanie
Perpignan|à Perpignan|Occitanie|en Occitanie
Bordeaux|à Bordeaux|Nouvelle-Aquitaine|en Nouvelle-Aquitaine
La Rochelle|à La Rochelle|Nouvelle-Aquitaine|en Nouvelle-Aquitaine
Limoges|à Limoges|Nouvelle-Aquitaine|en Nouvelle-Aquitaine
Tours|à Tours|Centre-Val de Loire|en Centre-Val de Loire
Orléans|à Orléans|Centre-Val de Loire|en Centre-Val de Loire
Paris|à Paris|Île-de-France|en Île-de-France
Ajaccio|à Ajaccio|Corse|en Corse
""".replace("'", "\u2019")
    .strip()
    .splitlines()
)
