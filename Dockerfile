# The app in one container: a server of a class, or a hosted Space (the README's part on servers says how).
FROM python:3.12-slim

# Hosted Spaces run containers as user 1000.
RUN useradd --create-home --uid 1000 user && mkdir -p /kept && chown user /kept
USER user
WORKDIR /home/user/app
ENV PATH=/home/user/.local/bin:$PATH PYTHONUNBUFFERED=1 \
    VAEGC_RUNS=/kept/runs VAEGC_CACHE=/kept/cache XDG_DATA_HOME=/kept/data \
    VAEGC_MAX_UPLOAD_MB=50 VAEGC_MAX_POINTS=50000 VAEGC_MAX_KEPT_MB=500 VAEGC_CACHE_MB=2000 VAEGC_KEEP_DAYS=30

COPY --chown=user pyproject.toml constraints.txt README.md LICENSE app.py ./
COPY --chown=user .streamlit .streamlit
COPY --chown=user assets assets
COPY --chown=user pages pages
COPY --chown=user vaegc vaegc

# PyTorch's own index, given as --build-arg PIP_EXTRA_INDEX_URL=…, has builds without CUDA, which are a tenth of the size.
ARG PIP_EXTRA_INDEX_URL
RUN pip install --no-cache-dir --user -c constraints.txt .
# Compiled once, here rather than under the first visitor's click.
RUN VAEGC_CACHE=/tmp/cache python -c "import vaegc; vaegc.Experiment(dataset='moons', n=50, model=None).packed_scene()" && rm -rf /tmp/cache

VOLUME /kept
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["vaegc", "app", "--server.address=0.0.0.0", "--server.port=8501"]
