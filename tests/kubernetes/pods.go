package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	psaapi "k8s.io/pod-security-admission/api"
	psapolicy "k8s.io/pod-security-admission/policy"
)

// A Pod or the template of one.
type pod struct {
	owner     string
	namespace string
	labels    map[string]string
	meta      *metav1.ObjectMeta
	spec      *corev1.PodSpec
	daemon    bool
}

func podsOf(objects []object) (pods []pod) {
	for _, o := range objects {
		switch v := o.given.(type) {
		case *corev1.Pod:
			pods = append(pods, pod{o.name, v.Namespace, v.Labels, &v.ObjectMeta, &v.Spec, false})
		case *appsv1.Deployment:
			pods = append(pods, pod{o.name, v.Namespace, v.Spec.Template.Labels, &v.Spec.Template.ObjectMeta, &v.Spec.Template.Spec, false})
		case *appsv1.DaemonSet:
			pods = append(pods, pod{o.name, v.Namespace, v.Spec.Template.Labels, &v.Spec.Template.ObjectMeta, &v.Spec.Template.Spec, true})
		}
	}
	return pods
}

func (p pod) containers() []corev1.Container {
	return append(append([]corev1.Container{}, p.spec.InitContainers...), p.spec.Containers...)
}

func (p pod) hasPort(port intstr.IntOrString) bool {
	for _, c := range p.containers() {
		for _, declared := range c.Ports {
			if declared.Name == port.StrVal && port.StrVal != "" || declared.ContainerPort == port.IntVal && port.IntVal != 0 {
				return true
			}
		}
	}
	return false
}

func checkTogether(objects []object) (problems []string) {
	pods := podsOf(objects)
	for _, o := range objects {
		for _, problem := range checkSelector(o, pods) {
			problems = append(problems, o.name+": "+problem)
		}
	}
	for _, p := range pods {
		for _, problem := range append(append(checkSecurity(p), checkConvoy(p)...), checkVolumes(p, objects)...) {
			problems = append(problems, p.owner+": "+problem)
		}
	}
	return problems
}

// What selects must select a Pod of the same file, and the ports it names must be there.
func checkSelector(o object, pods []pod) (problems []string) {
	var selector labels.Selector
	var ports []intstr.IntOrString
	namespace := ""
	fromLabels := func(s *metav1.LabelSelector) { selector, _ = metav1.LabelSelectorAsSelector(s) }
	switch v := o.given.(type) {
	case *corev1.Service:
		selector, namespace = labels.SelectorFromSet(v.Spec.Selector), v.Namespace
		for _, port := range v.Spec.Ports {
			ports = append(ports, port.TargetPort)
		}
	case *networkingv1.NetworkPolicy:
		fromLabels(&v.Spec.PodSelector)
		namespace = v.Namespace
		for _, rule := range v.Spec.Ingress {
			for _, port := range rule.Ports {
				ports = append(ports, *port.Port)
			}
		}
	case *policyv1.PodDisruptionBudget:
		fromLabels(v.Spec.Selector)
		namespace = v.Namespace
		for _, p := range pods {
			if p.daemon && selector.Matches(labels.Set(p.labels)) {
				problems = append(problems, "a PodDisruptionBudget has no effect on a DaemonSet")
			}
		}
	case *monitoringv1.PodMonitor:
		fromLabels(&v.Spec.Selector)
		namespace = v.Namespace
		for _, endpoint := range v.Spec.PodMetricsEndpoints {
			if endpoint.Port != nil {
				ports = append(ports, intstr.FromString(*endpoint.Port))
			}
		}
	default:
		return nil
	}
	selected := false
	for _, p := range pods {
		if p.namespace != namespace || !selector.Matches(labels.Set(p.labels)) {
			continue
		}
		selected = true
		for _, port := range ports {
			if !p.hasPort(port) {
				problems = append(problems, fmt.Sprintf("port %s is not one of %s", port.String(), p.owner))
			}
		}
	}
	if !selected {
		problems = append(problems, fmt.Sprintf("selects no Pod: %s", selector))
	}
	return problems
}

// "restricted" for every Pod; only the ports or the network of the node, which a DaemonSet is for, may be asked
// for.
func checkSecurity(p pod) (problems []string) {
	evaluator, err := psapolicy.NewEvaluator(psapolicy.DefaultChecks())
	if err != nil {
		return []string{err.Error()}
	}
	level := psaapi.LevelVersion{Level: psaapi.LevelRestricted, Version: psaapi.LatestVersion()}
	for _, result := range evaluator.EvaluatePod(level, p.meta, p.spec) {
		ofNode := result.ForbiddenReason == "hostPort" || result.ForbiddenDetail == "hostNetwork=true"
		if !result.Allowed && !(p.daemon && ofNode) {
			problems = append(problems, "Pod Security restricted: "+result.ForbiddenReason+": "+result.ForbiddenDetail)
		}
	}
	if p.spec.AutomountServiceAccountToken == nil || *p.spec.AutomountServiceAccountToken {
		problems = append(problems, "automountServiceAccountToken must be false: nothing here talks to the API server")
	}
	return problems
}

// What we promise of each container that runs Convoy.
func checkConvoy(p pod) (problems []string) {
	found := false
	for _, c := range p.containers() {
		if c.Name != "convoy" {
			continue
		}
		found = true
		want := func(ok bool, what string) {
			if !ok {
				problems = append(problems, "container convoy: "+what)
			}
		}
		s := c.SecurityContext
		want(s != nil && s.ReadOnlyRootFilesystem != nil && *s.ReadOnlyRootFilesystem, "readOnlyRootFilesystem must be true")
		want(s != nil && s.RunAsUser != nil && *s.RunAsUser != 0, "runAsUser must be set")
		want(probes(p, c.StartupProbe, "/ready"), "startupProbe must ask for /ready")
		want(probes(p, c.ReadinessProbe, "/ready"), "readinessProbe must ask for /ready")
		want(probes(p, c.LivenessProbe, "/live"), "livenessProbe must ask for /live")
		for _, port := range c.Ports {
			want(port.ContainerPort >= 1024, fmt.Sprintf("port %d needs a capability", port.ContainerPort))
			want(port.Name != "admin", "the admin interface must not be a port of the Pod")
		}
		for _, mount := range c.VolumeMounts {
			want(mount.SubPath == "" && mount.SubPathExpr == "", "subPath: such a file never changes")
		}
		want(c.Resources.Requests.Memory().Value() > 0 && c.Resources.Limits.Memory().Value() > 0, "memory must be requested and limited")
	}
	if found && (p.spec.TerminationGracePeriodSeconds == nil || *p.spec.TerminationGracePeriodSeconds < 30) {
		problems = append(problems, "terminationGracePeriodSeconds must leave Convoy the 25 s of its drain")
	}
	return problems
}

func probes(p pod, probe *corev1.Probe, path string) bool {
	return probe != nil && probe.HTTPGet != nil && probe.HTTPGet.Path == path && p.hasPort(probe.HTTPGet.Port)
}

// A ConfigMap that a Pod mounts must be there.
func checkVolumes(p pod, objects []object) (problems []string) {
	for _, volume := range p.spec.Volumes {
		if volume.ConfigMap == nil || volume.ConfigMap.Optional != nil && *volume.ConfigMap.Optional {
			continue
		}
		if configMap(volume.ConfigMap.Name, objects) == nil {
			problems = append(problems, "there is no ConfigMap "+volume.ConfigMap.Name)
		}
	}
	return problems
}

func configMap(name string, objects []object) *corev1.ConfigMap {
	for _, o := range objects {
		if v, ok := o.given.(*corev1.ConfigMap); ok && v.Name == name {
			return v
		}
	}
	return nil
}

// The configurations of Convoy: what its containers mount from ConfigMaps.
func writeConfigs(dir string, objects []object) error {
	for _, p := range podsOf(objects) {
		for _, volume := range p.spec.Volumes {
			if volume.ConfigMap == nil {
				continue
			}
			v := configMap(volume.ConfigMap.Name, objects)
			if v == nil || !mountedByConvoy(p, volume.Name) {
				continue
			}
			for key, text := range v.Data {
				// The name says where it came from, in messages.
				name := strings.ReplaceAll(p.owner, " ", "-") + "." + v.Name + "." + key
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func mountedByConvoy(p pod, volume string) bool {
	for _, c := range p.containers() {
		for _, mount := range c.VolumeMounts {
			if c.Name == "convoy" && mount.Name == volume {
				return true
			}
		}
	}
	return false
}
