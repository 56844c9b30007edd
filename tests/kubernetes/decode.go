package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/apps"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	networkingvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
	"k8s.io/kubernetes/pkg/apis/policy"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	policyvalidation "k8s.io/kubernetes/pkg/apis/policy/validation"
)

// An object twice: as it was written, with defaults (`given`), and its name for messages.
type object struct {
	given runtime.Object
	name  string
}

func init() { utilruntime.Must(monitoringv1.AddToScheme(legacyscheme.Scheme)) }

// A factory of its own, which is strict: the one of the API server is so only on request.
var strict = serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)

func decodeAll(text []byte) (objects []object, problems []string) {
	documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := documents.Read()
		if err == io.EOF {
			return objects, problems
		}
		if err != nil {
			return objects, append(problems, err.Error())
		}
		var empty map[string]any
		if yaml.Unmarshal(document, &empty) == nil && len(empty) == 0 {
			continue // comments only
		}
		decoded, err := decode(document)
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		for _, problem := range validate(decoded.given) {
			problems = append(problems, decoded.name+": "+problem.Error())
		}
		objects = append(objects, decoded)
	}
}

// UniversalDeserializer keeps the version of the document; defaults come from the scheme.
func decode(document []byte) (object, error) {
	given, kind, err := strict.UniversalDeserializer().Decode(document, nil, nil)
	if err != nil {
		var meta struct {
			Kind     string
			Metadata struct{ Name string }
		}
		_ = yaml.Unmarshal(document, &meta)
		return object{}, fmt.Errorf("%s %s: %w", meta.Kind, meta.Metadata.Name, err)
	}
	legacyscheme.Scheme.Default(given)
	accessor, ok := given.(interface {
		GetName() string
		GetNamespace() string
		SetNamespace(string)
	})
	if !ok {
		return object{}, fmt.Errorf("%s: a list or an object without metadata", kind.Kind)
	}
	if accessor.GetNamespace() == "" && kind.Kind != "Namespace" {
		accessor.SetNamespace("default") // as kubectl does before it sends one
	}
	return object{given, kind.Kind + " " + accessor.GetName()}, nil
}

// Kubernetes' own rules. A kind that is not listed has been decoded strictly, no more; of the
// prometheus-operator's kinds promtool checks the rules.
func validate(given runtime.Object) field.ErrorList {
	switch given.(type) {
	case *monitoringv1.PodMonitor, *monitoringv1.ServiceMonitor, *monitoringv1.PrometheusRule:
		return nil
	}
	internal, err := legacyscheme.Scheme.UnsafeConvertToVersion(given, runtime.InternalGroupVersioner)
	if err != nil {
		return field.ErrorList{field.InternalError(nil, err)}
	}
	switch o := internal.(type) {
	case *core.Pod:
		return corevalidation.ValidatePodCreate(o, podutil.GetValidationOptionsFromPodSpecAndMeta(&o.Spec, nil, &o.ObjectMeta, nil))
	case *core.ConfigMap:
		return corevalidation.ValidateConfigMap(o)
	case *core.Service:
		allocate(o)
		return corevalidation.ValidateServiceCreate(o)
	case *core.ServiceAccount:
		return corevalidation.ValidateServiceAccount(o)
	case *core.Namespace:
		return corevalidation.ValidateNamespace(o)
	case *apps.Deployment:
		return appsvalidation.ValidateDeployment(o, podutil.GetValidationOptionsFromPodTemplate(&o.Spec.Template, nil))
	case *apps.DaemonSet:
		return appsvalidation.ValidateDaemonSet(o, podutil.GetValidationOptionsFromPodTemplate(&o.Spec.Template, nil))
	case *networking.NetworkPolicy:
		return networkingvalidation.ValidateNetworkPolicy(o, networkingvalidation.NetworkPolicyValidationOptions{})
	case *policy.PodDisruptionBudget:
		return policyvalidation.ValidatePodDisruptionBudget(o, policyvalidation.PodDisruptionBudgetValidationOptions{})
	}
	return field.ErrorList{field.NotSupported(field.NewPath("kind"), fmt.Sprintf("%T", internal), []string{})}
}

// What the API server fills in before it validates.
func allocate(service *core.Service) {
	if service.Spec.ClusterIP == core.ClusterIPNone {
		service.Spec.ClusterIPs = []string{core.ClusterIPNone}
	}
	if service.Spec.Type == core.ServiceTypeLoadBalancer && service.Spec.ExternalTrafficPolicy == core.ServiceExternalTrafficPolicyLocal {
		service.Spec.HealthCheckNodePort = 30000
	}
}
