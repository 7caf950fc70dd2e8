#!/bin/sh
# Point d'entrée de l'image : exporte les adresses et mots de passe des services
# (MONGO_URL, REDIS_URL…), puis laisse la place au programme demandé.
set -e
contrat=$(python -m lab.container env)
eval "$contrat"
unset contrat
exec "$@"
