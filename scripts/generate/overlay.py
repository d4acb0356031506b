"""OpenAPI overlays: our deviations from the vendor's document, as data.

See https://spec.openapis.org/overlay/v1.0.0.html. One rule is ours: a target that matches nothing is an error, because
every tool passes over it in silence, and a deviation that no longer applies should not linger.
"""

import json
from typing import Any

import jsonpath
from jsonpath.exceptions import JSONPathError

from .document import DocumentError

_ACTION_KEYS = {"target", "description", "update", "remove"}


def apply_overlay(document: dict[str, Any], overlay: Any) -> dict[str, Any]:
    """Return the document with every action of the overlay applied, in order."""
    actions = overlay.get("actions") if isinstance(overlay, dict) else None
    if not isinstance(actions, list):
        raise DocumentError("overlay: has no list of actions")
    result: dict[str, Any] = json.loads(json.dumps(document))  # a copy, five times as fast as deepcopy
    for action in actions:
        has_target = isinstance(action, dict) and isinstance(action.get("target"), str)
        if not has_target or set(action) - _ACTION_KEYS or ("update" in action) == bool(action.get("remove")):
            raise DocumentError(f"overlay: an action has a target, and either update or remove: {action!r}")
        target = " ".join(action["target"].split())
        try:
            matches = list(jsonpath.finditer(target, result))
        except JSONPathError as error:
            raise DocumentError(f"overlay: {target}: not a JSONPath (RFC 9535): {error}") from error
        if not matches:
            raise DocumentError(f"overlay: {target}: matches nothing in the document; remove the action, or mend it")
        # Backwards, so that what is removed from a list does not move what is still to come.
        for match in reversed(matches):
            node, update = match.obj, json.loads(json.dumps(action.get("update")))
            if action.get("remove"):
                if match.parent is None:
                    raise DocumentError(f"overlay: {target}: would remove the whole document")
                holder: Any = match.parent.obj
                del holder[match.parts[-1]]
            elif isinstance(node, list):
                node.append(update)
            elif isinstance(node, dict) and isinstance(update, dict):
                node.update(merged(node, update))
            else:
                raise DocumentError(f"overlay: {target}: update merges objects and extends arrays, and this is neither")
    return result


def merged(old: Any, new: Any) -> Any:
    """The new value over the old: objects are merged, arrays joined, and all else is replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: merged(old.get(key), value) for key, value in new.items()}
    return old + new if isinstance(old, list) and isinstance(new, list) else new
