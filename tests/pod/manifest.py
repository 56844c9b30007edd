"""A manifest of ours, and what has to be changed in it for podman. All edits are of text: a manifest that does
not look as expected any more is an error, not a test that tests nothing."""
import re


def replaced(text, old, new, count=1):
    if text.count(old) != count:
        raise SystemExit(f"the manifest has {text.count(old)} times, not {count} times: {old!r}: adapt tests/pod")
    return text.replace(old, new)


def without_block(text, key):
    """Without `key:` and the deeper lines below it, wherever it is."""
    out, depth = [], None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if depth is not None and line.strip() and (indent > depth or indent == depth and line.strip().startswith("- ")):
            continue
        depth = indent if line.strip().startswith(key + ":") else None
        if depth is None:
            out.append(line)
    return "\n".join(out) + "\n"


class Manifest:
    def __init__(self, file):
        self.documents = file.read_text().split("\n---\n")

    def _document(self, kind, name):
        for document in self.documents:
            if re.search(rf"^kind: {kind}$", document, re.M) and re.search(rf"^  name: {name}$", document, re.M):
                return document + "\n"
        raise SystemExit(f"there is no {kind} {name}: adapt tests/pod")

    def config(self, name, key):
        _, _, text = self._document("ConfigMap", name).partition(f"\n  {key}: |\n")
        return "".join(line[4:] + "\n" for line in text.rstrip().split("\n"))

    def pod(self, name, config_folder, user=65532):
        text = self._for_podman(self._document("Pod", name), config_folder, "convoy-sidecar")
        text = re.sub(r"image: nginxinc/.*", "image: localhost/nginx:test\n    imagePullPolicy: Never", text)
        text = replaced(text, "runAsUser: 65532", f"runAsUser: {user}")
        # Where kubelet starts a container, this variable is set, and Convoy knows that it is in a cluster.
        return replaced(text, 'args: ["-c", "/etc/convoy/convoy.yaml"]',
                        'args: ["-c", "/etc/convoy/convoy.yaml"]\n    env: [{ name: KUBERNETES_SERVICE_HOST, value: 10.96.0.1 }]')

    def pod_of_template(self, kind, name, config_folder):
        """A Pod as the controller of a DaemonSet would make it."""
        _, _, template = self._document(kind, name).partition("\n  template:\n")
        text = "".join(line[4:] + "\n" for line in template.rstrip().split("\n"))
        text = replaced(text, "metadata:\n", f"metadata:\n  name: {name}\n")
        return "apiVersion: v1\nkind: Pod\n" + self._for_podman(text, config_folder, f"{name}-config")

    @staticmethod
    def _for_podman(text, config_folder, config_map):
        # podman would ask probes from inside the container, knows no hooks, and takes a declared port for one to publish.
        for key in ("startupProbe", "readinessProbe", "livenessProbe", "lifecycle", "ports"):
            text = without_block(text, key)
        text = re.sub(r"^( *)(- )?image: convoy:latest$", r"\1\2image: localhost/convoy:latest\n\1imagePullPolicy: Never", text, flags=re.M)
        # As kubelet mounts it: podman would copy the files.
        return replaced(text, f"configMap: {{ name: {config_map} }}", f"hostPath: {{ path: {config_folder}, type: Directory }}")
