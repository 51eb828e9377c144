package proc

// Machine says on what something was measured.
type Machine struct {
	OS     string `json:"os"` // name and release of the kernel
	Arch   string `json:"arch"`
	CPU    string `json:"cpu"`
	CPUs   int    `json:"cpus"`
	Memory int64  `json:"memory_bytes"`
	Go     string `json:"go"`
	// Counter is the hardware counter that works here, or null: many virtual
	// machines have none.
	Counter *string `json:"counter"`
}
