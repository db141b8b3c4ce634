"""Regularisation files: dossiers, their findings, their steps and the criteria they are judged by."""
