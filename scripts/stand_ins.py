"""Stand-ins for files that published configurations name but that their authors keep to themselves:
certificates, keys, authorities, files of secrets, bodies. Made in a folder of the caller's with
openssl, put into a copy of the configuration in place of what it names. Environment variables too."""
import json
import os
import re
import subprocess

ROUNDS = 8  # a file that is there may name others
CANNOT_READ = re.compile(r"^cannot read (\S+): No such file or directory$")
NO_VARIABLE = re.compile(r"^the environment has no (\S+)$")
NO_SECRET = re.compile(r'^there is no secret "([^"]*)" in (\S+)$')
SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"


def openssl(*arguments):
    subprocess.run(("openssl",) + arguments, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60)


class Folder:
    """One certificate with its key, one authority, a list of what it revoked, a text."""

    def __init__(self, path):
        self.path = path
        self.key, self.certificate = self.at("key.pem"), self.at("certificate.pem")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj",
                "/CN=stand-in", "-keyout", self.key, "-out", self.certificate)
        with open(self.certificate, "a", encoding="ascii") as out, open(self.key, encoding="ascii") as key:
            out.write(key.read())  # some name one file for both
        self.revoked = self.at("revoked.pem")
        with open(self.at("ca.cnf"), "w", encoding="ascii") as out:
            out.write(f"[ca]\ndefault_ca=a\n[a]\ndatabase={self.at('index')}\ndefault_md=sha256\n"
                      "default_crl_days=30\n")
        with open(self.at("index"), "w", encoding="ascii"):
            pass
        openssl("ca", "-gencrl", "-config", self.at("ca.cnf"), "-keyfile", self.key, "-cert",
                self.certificate, "-out", self.revoked)
        self.text = self.at("text")
        with open(self.text, "w", encoding="ascii") as out:
            out.write("stand-in\n")
        self.secrets = {}  # file -> {name: kind}

    def at(self, name):
        return os.path.join(self.path, name)

    def file_for(self, field_path):
        """By the field that names it: ...private_key.filename, ...sds_config.path."""
        parts = re.sub(r"\[\d+\]", "", field_path).split(".")
        owner = parts[-2] if len(parts) > 1 else ""
        if "sds_config" in parts:
            name = self.at(f"secrets{len(self.secrets)}.json")
            self.secrets[name] = {}
            self.write_secrets(name)
            return name
        return {"private_key": self.key, "certificate_chain": self.certificate,
                "trusted_ca": self.certificate, "crl": self.revoked}.get(owner, self.text)

    def add_secret(self, file, name, field_path):
        kind = "tls_certificate" if "tls_certificate" in field_path else "validation_context"
        self.secrets[file][name] = kind
        self.write_secrets(file)

    def write_secrets(self, file):
        value = {
            "tls_certificate": {"certificate_chain": {"filename": self.certificate},
                                "private_key": {"filename": self.key}},
            "validation_context": {"trusted_ca": {"filename": self.certificate}},
        }
        resources = [{"@type": SECRET, "name": name, kind: value[kind]}
                     for name, kind in self.secrets[file].items()]
        with open(file, "w", encoding="utf-8") as out:
            json.dump({"resources": resources}, out)


def put_in(text, path, stand_in):
    """`path` as a whole value, wherever it stands."""
    whole = r"(?<![\w./-])" + re.escape(path) + r"(?![\w./-])"
    return re.sub(whole, lambda _: stand_in, text)


def fill(text, report_of, folder):
    """(the text with stand-ins, the variables, the last report), or None if it needs none.
    report_of(text, variables) is what `convoy check --format json` says of them."""
    variables, report, needed = {}, report_of(text, {}), False
    for _ in range(ROUNDS):
        before = (text, dict(variables), json.dumps(folder.secrets))
        for one in report["diagnostics"]:
            missing, variable, secret = (pattern.match(one["message"])
                                         for pattern in (CANNOT_READ, NO_VARIABLE, NO_SECRET))
            if missing:
                text = put_in(text, missing.group(1), folder.file_for(one["path"]))
            elif variable:
                variables[variable.group(1)] = "stand-in"
            elif secret and secret.group(2) in folder.secrets:
                folder.add_secret(secret.group(2), secret.group(1), one["path"])
        if before == (text, variables, json.dumps(folder.secrets)):
            break
        needed, report = True, report_of(text, variables)
    return (text, variables, report) if needed else None
