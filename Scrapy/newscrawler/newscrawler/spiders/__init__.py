"""Les spiders du projet : un fichier par site."""
