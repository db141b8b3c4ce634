"""The training service: vocational courses now; Parcours and schooling join it as areas of their own."""
