"""Serve a model with llama.cpp's HTTP server: `llama_server.py PORT KEY ALIAS MODEL.gguf [TEMPLATE.jinja]`.

Runs in the environment that holds the server's wheel, and with nothing of this project.
"""

import importlib
import sys
import threading
from pathlib import Path

port, key, alias, model, *template = sys.argv[1:]
llama = importlib.import_module("xllamacpp")
params = llama.CommonParams()
params.hostnames, params.port, params.ui = ["127.0.0.1"], int(port), False
params.model.path, params.model_alias, params.api_keys = model, {alias}, [key]
params.n_ctx, params.n_parallel = 16384, 2
# Threads wait for each other by spinning, which on a machine that does other work as well takes longer than one alone.
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
params.use_jinja = True
# The same words for the same request, as far as threads allow it: what was looked at by hand comes again.
params.sampling.seed = 20261128
if template:
    params.chat_template = Path(template[0]).read_text(encoding="utf-8")
server = llama.Server(params)
threading.Event().wait()
