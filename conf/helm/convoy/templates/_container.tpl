{{/* The container, the same in a Deployment, a DaemonSet and beside an application. */}}
{{- define "convoy.container" -}}
name: convoy
image: {{ include "convoy.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
- -c
- /etc/convoy/convoy.yaml
- --log-level
- {{ .Values.logLevel }}
- --shutdown-delay
- {{ .Values.shutdownDelay | quote }}
- --drain-timeout
- {{ .Values.drainTimeout | quote }}
{{- with .Values.concurrency }}
- --concurrency
- {{ . | quote }}
{{- end }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
ports:
{{- range .Values.ports }}
- name: {{ .name }}
  containerPort: {{ .containerPort }}
  protocol: TCP
  {{- if $.Values.hostNetwork }}
  hostPort: {{ .containerPort }}
  {{- else if .hostPort }}
  hostPort: {{ .hostPort }}
  {{- end }}
{{- end }}
- name: probes
  containerPort: {{ .Values.probesPort }}
  protocol: TCP
  {{- if .Values.hostNetwork }}
  hostPort: {{ .Values.probesPort }}
  {{- end }}
lifecycle:
  preStop:
    exec:
      command: [convoy, drain, --wait]
startupProbe:
  httpGet: { path: /ready, port: probes }
  periodSeconds: 1
  failureThreshold: 60
readinessProbe:
  httpGet: { path: /ready, port: probes }
  periodSeconds: 5
  failureThreshold: 1
livenessProbe:
  httpGet: { path: /live, port: probes }
  periodSeconds: 10
  failureThreshold: 3
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- include "convoy.containerSecurity" . | nindent 2 }}
volumeMounts:
# The whole directory: a file mounted with subPath would never see an update of the ConfigMap.
- { name: convoy-config, mountPath: /etc/convoy, readOnly: true }
{{- range .Values.tlsSecrets }}
- { name: {{ printf "tls-%s" . | trunc 63 | trimSuffix "-" }}, mountPath: {{ printf "/etc/convoy-tls/%s" . | quote }}, readOnly: true }
{{- end }}
{{- end -}}

{{- define "convoy.volumes" -}}
- name: convoy-config
  configMap:
    name: {{ include "convoy.configMap" . }}
{{- range .Values.tlsSecrets }}
- name: {{ printf "tls-%s" . | trunc 63 | trimSuffix "-" }}
  secret:
    secretName: {{ . }}
{{- end }}
{{- end -}}

{{- define "convoy.podTemplate" -}}
metadata:
  labels:
    {{- include "convoy.selector" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    kubectl.kubernetes.io/default-container: convoy
    {{- if .Values.metrics.annotations }}
    prometheus.io/scrape: "true"
    prometheus.io/port: {{ .Values.probesPort | quote }}
    prometheus.io/path: /stats/prometheus
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  terminationGracePeriodSeconds: {{ include "convoy.gracePeriod" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- if .Values.hostNetwork }}
  hostNetwork: true
  dnsPolicy: ClusterFirstWithHostNet
  {{- end }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    {{- if .Values.tlsSecrets }}
    fsGroup: {{ .Values.runAsUser }}
    {{- end }}
    seccompProfile:
      type: RuntimeDefault
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if eq .Values.kind "Deployment" }}
  topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "convoy.selector" . | nindent 8 }}
  {{- end }}
  containers:
  - {{- include "convoy.container" . | nindent 4 }}
  volumes:
  {{- include "convoy.volumes" . | nindent 2 }}
{{- end -}}
