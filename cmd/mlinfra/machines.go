package main

// machines returns what leads to the machines in memory that stand for all hosts
// with -offline; nil without it.
func (s *session) machines() func() (string, error) {
	if !s.flags.offline {
		return nil
	}
	return func() (string, error) {
		f, err := s.clouds.machines()
		if err != nil {
			return "", err
		}
		return f.settings["proxy"].AsString(), nil
	}
}
