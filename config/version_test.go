package config

import "testing"

func TestMeets(t *testing.T) {
	tests := []struct {
		constraint string
		met, ok    bool
	}{
		{"1.11.4", true, true},
		{"= 1.11.4", true, true},
		{"=1.11", false, true},
		{"!= 1.11.4", false, true},
		{"> 1.11.3", true, true},
		{">= 1.12", false, true},
		{">=1", true, true},
		{"< 1.11.4", false, true},
		{"<= 1.11.4", true, true},
		{"~> 1.9", true, true},
		{"~> 1.12", false, true},
		{"~> 1.11.0", true, true},
		{"~> 1.10.0", false, true},
		{"~> 1", true, true},
		{"~> 0.12", false, true},
		{">= v1.0.0-beta1", true, true},
		{"", false, false},
		{"new", false, false},
		{">= 1.x", false, false},
		{"=> 1.0", false, false},
		{">= 99999999999999999999", false, false},
	}
	for _, tt := range tests {
		if met, ok := meets([]int{1, 11, 4}, tt.constraint); met != tt.met || ok != tt.ok {
			t.Errorf("%q: %t, %t, want %t, %t", tt.constraint, met, ok, tt.met, tt.ok)
		}
	}
}
