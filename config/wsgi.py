"""What the web server calls."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# A batch of ten thousand events is some 30,000 objects until its answer. By default Python would search them
# sixty times for cycles, and half the time all that is loaded besides: a quarter of the request.
gc.set_threshold(100_000, 10, 10)
