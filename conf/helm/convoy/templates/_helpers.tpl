{{- define "convoy.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "convoy.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "convoy.labels" -}}
{{ include "convoy.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "convoy.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}

{{- define "convoy.configMap" -}}
{{ default (include "convoy.fullname" .) .Values.configMap }}
{{- end -}}

{{- define "convoy.containerSecurity" -}}
runAsUser: {{ .Values.runAsUser }}
runAsGroup: {{ .Values.runAsUser }}
runAsNonRoot: true
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* A multiple of a second more than what Convoy takes at most. */}}
{{- define "convoy.gracePeriod" -}}
{{ add (max 10 (int .Values.shutdownDelay)) (int .Values.drainTimeout) 10 }}
{{- end -}}

{{/* What the chart adds to the listeners and clusters of the values. */}}
{{- define "convoy.config" -}}
admin:
  address:
    socket_address: { address: 127.0.0.1, port_value: {{ .Values.adminPort }} }
static_resources:
  listeners:
  {{- toYaml .Values.listeners | nindent 2 }}
  # What kubelet and Prometheus may see of the admin interface, and nothing else of it.
  - name: probes
    address:
      socket_address: { address: 0.0.0.0, port_value: {{ .Values.probesPort }} }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: probes
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
          route_config:
            virtual_hosts:
            - name: probes
              domains: ["*"]
              routes:
              - match: { path: "/ready" }
                route: { cluster: convoy_admin }
              - match: { path: "/stats/prometheus" }
                route: { cluster: convoy_admin }
              # A worker answers this by itself: true as long as one can.
              - match: { path: "/live" }
                direct_response: { status: 200, body: { inline_string: "live\n" } }
  clusters:
  {{- with .Values.clusters }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  - name: convoy_admin
    connect_timeout: 0.25s
    type: STATIC
    load_assignment:
      cluster_name: convoy_admin
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: {{ .Values.adminPort }} } } }
{{- end -}}

{{/* What a schema of single values cannot say, in words. */}}
{{- define "convoy.check" -}}
{{- if ne .Values.kind "DaemonSet" -}}
{{- if .Values.hostNetwork }}{{ fail "hostNetwork: only a DaemonSet may use the network of the node" }}{{ end -}}
{{- range .Values.ports -}}
{{- if .hostPort }}{{ fail (printf "ports: %s has a hostPort: only a DaemonSet may use ports of the node; a Service maps servicePort" .name) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.metrics.podMonitor.enabled .Values.metrics.serviceMonitor.enabled -}}
{{- fail "metrics: a podMonitor and a serviceMonitor would scrape everything twice; choose one" -}}
{{- end -}}
{{- if not .Values.configMap -}}
{{- if not .Values.listeners }}{{ fail "listeners: there is none; give some, or the name of your configMap" }}{{ end -}}
{{- range .Values.ports -}}
{{- if not (contains (printf ":%v" .containerPort) (include "convoy.listenerPorts" $)) -}}
{{- fail (printf "ports: no listener has port %v (%s); listeners have:%s" .containerPort .name (include "convoy.listenerPorts" $)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "convoy.listenerPorts" -}}
{{- range .Values.listeners }} :{{ dig "address" "socket_address" "port_value" "none" . }}{{ end -}}
{{- end -}}
