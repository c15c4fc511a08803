package digitalocean

import (
	"errors"
	"fmt"
	"strings"

	"github.com/digitalocean/godo"
)

// notification is whom an alert tells.
type notification struct {
	Email []string       `cty:"email" is:"optional" doc:"Addresses that get a mail; the account has to have verified them."`
	Slack []slackChannel `cty:"slack" is:"optional" doc:"Channels of Slack that get a message."`
}

type slackChannel struct {
	Channel string `cty:"channel" is:"required"           doc:"Name of the channel."`
	URL     string `cty:"url"     is:"required,sensitive" doc:"URL of the incoming webhook; who knows it can post."`
}

// recipients returns the one block of notifications as the API takes it: both
// lists have to stand, also when they are empty.
func recipients(blocks []notification) *godo.Notifications {
	out := &godo.Notifications{Email: []string{}, Slack: []godo.SlackDetails{}}
	for _, n := range blocks {
		out.Email = append(out.Email, n.Email...)
		for _, s := range n.Slack {
			out.Slack = append(out.Slack, godo.SlackDetails{Channel: s.Channel, URL: s.URL})
		}
	}
	return out
}

func notificationOf(email []string, slack []godo.SlackDetails) []notification {
	n := notification{Email: email}
	for _, s := range slack {
		n.Slack = append(n.Slack, slackChannel{s.Channel, s.URL})
	}
	return []notification{n}
}

// checkNotification refuses a block called name that tells nobody.
func checkNotification(name string, blocks []notification) error {
	for _, n := range blocks {
		if len(n.Email)+len(n.Slack) == 0 {
			return fmt.Errorf("%s tells nobody: set email, or a slack block", name)
		}
		for _, address := range n.Email {
			if !strings.Contains(address, "@") {
				return fmt.Errorf("email %q of %s is not an address", address, name)
			}
		}
		for _, s := range n.Slack {
			if s.Channel == "" || !strings.HasPrefix(s.URL, "https://") {
				return errors.New("slack of " + name + " needs a channel, and the https URL of a webhook")
			}
		}
	}
	return nil
}
