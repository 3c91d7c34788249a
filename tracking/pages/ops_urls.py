"""The addresses of the console, below `/ops/`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
