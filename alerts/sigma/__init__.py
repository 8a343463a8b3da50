"""Sigma rules (https://sigmahq.io) as rules of ours: queries in our language, types of ours for correlations. Pure.

``documents(text)`` reads YAML, ``converted(documents, mapping)`` gives each as an entry of a file of rules, or the
reason why it can't be expressed. docs/sigma.md says what can.
"""

from alerts.sigma.convert import Converted, converted
from alerts.sigma.documents import documents
from alerts.sigma.mapping import Mapping
from alerts.sigma.refused import Refused

__all__ = ["Converted", "Mapping", "Refused", "converted", "documents"]
