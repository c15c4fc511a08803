package digitalocean

import (
	"context"
	"errors"
	"iter"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type agentRoute struct {
	ID              string `cty:"id"                is:"computed" doc:"UUIDs of the parent and the child, a dash in between."`
	ParentAgentUUID string `cty:"parent_agent_uuid" is:"required,replace,ref=digitalocean_gradientai_agent" doc:"UUID of the agent that passes on."`
	ChildAgentUUID  string `cty:"child_agent_uuid"  is:"required,replace,ref=digitalocean_gradientai_agent" doc:"UUID of the agent that takes over."`
	RouteName       string `cty:"route_name"        is:"optional" doc:"Name of the route."`
	IfCase          string `cty:"if_case"           is:"optional" doc:"When the child takes over, in words."`
	Rollback        bool   `cty:"rollback"          is:"optional,blind" doc:"Without effect, as in Terraform's provider."`
	UUID            string `cty:"uuid"              is:"computed" doc:"UUID of the route."`
}

var agentRouteType = providers.Resource[*client, agentRoute]{
	Type:   "digitalocean_gradientai_agent_route",
	Doc:    "A case in which an agent passes a conversation on to another.",
	Create: createAgentRoute,
	Read:   readAgentRoute,
	Update: updateAgentRoute,
	Delete: deleteAgentRoute,
	List:   listAgentRoutes,
	Within: func(x agentRoute) string { return x.ParentAgentUUID },
	Import: func(id string) (x agentRoute, err error) {
		x.ParentAgentUUID, x.ChildAgentUUID, err = importOfAgent(id, "agent that takes over")
		return x, err
	},
	ImportID: func(x agentRoute) string { return x.ParentAgentUUID + "," + x.ChildAgentUUID },
	// Terraform's id is the UUID of the route, by which the API shows nothing.
	Migrate: func(x *agentRoute) { x.ID = x.ParentAgentUUID + "-" + x.ChildAgentUUID },
	Natural: func(x agentRoute) string { return x.ChildAgentUUID },
	Check:   checkAgentRoute,
	Lock:    func(x agentRoute) string { return agentLock(x.ParentAgentUUID) },
	Again:   true,
	Examples: []string{
		exampleTwoAgents + `

resource "digitalocean_gradientai_agent_route" "example" {
  parent_agent_uuid = digitalocean_gradientai_agent.support.id
  child_agent_uuid  = digitalocean_gradientai_agent.billing.id
}`,
		exampleTwoAgents + `

resource "digitalocean_gradientai_agent_route" "example" {
  parent_agent_uuid = digitalocean_gradientai_agent.support.id
  child_agent_uuid  = digitalocean_gradientai_agent.billing.id
  route_name        = "billing"
  if_case           = "use this for questions about costs"
}`,
		exampleTwoAgents + `

resource "digitalocean_gradientai_agent_route" "example" {
  parent_agent_uuid = digitalocean_gradientai_agent.billing.id
  child_agent_uuid  = digitalocean_gradientai_agent.support.id
  route_name        = "support"
  if_case           = "use this for everything else"
}`,
	},
}

const exampleTwoAgents = exampleAgent + `

resource "digitalocean_gradientai_agent" "billing" {
  name        = "billing"
  region      = "tor1"
  project_id  = digitalocean_project.ai.id
  model_uuid  = "d754f2d7-d1f0-11ef-bf8f-4e013e2ddde4"
  instruction = "You know what things cost."
}`

// send makes or changes the route. The answer says nothing: the parent does.
func (x *agentRoute) send(ctx context.Context, c *client, method string) error {
	path := agentsPath + "/" + x.ParentAgentUUID + "/child_agents/" + x.ChildAgentUUID
	return call(ctx, c, method, path, map[string]string{
		"parent_agent_uuid": x.ParentAgentUUID, "child_agent_uuid": x.ChildAgentUUID, "route_name": x.RouteName, "if_case": x.IfCase,
	}, nil)
}

// createAgentRoute leaves the UUID to a read: the answer to the create has none.
func createAgentRoute(ctx context.Context, c *client, x *agentRoute, _ providers.Attempt) error {
	if err := x.send(ctx, c, "POST"); err != nil {
		return err
	}
	x.ID = x.ParentAgentUUID + "-" + x.ChildAgentUUID
	return nil
}

func readAgentRoute(ctx context.Context, c *client, x *agentRoute) error {
	for route, err := range listAgentRoutes(ctx, c, *x) {
		if err != nil {
			return err
		}
		if route.ChildAgentUUID == x.ChildAgentUUID {
			route.Rollback = x.Rollback
			*x = route
			return nil
		}
	}
	return providers.ErrGone
}

func updateAgentRoute(ctx context.Context, c *client, _ agentRoute, x *agentRoute) error {
	if err := x.send(ctx, c, "PUT"); err != nil {
		return err
	}
	return readAgentRoute(ctx, c, x)
}

func deleteAgentRoute(ctx context.Context, c *client, x agentRoute) error {
	_, _, err := c.AgentPlatform.DeleteAgentRoute(ctx, x.ParentAgentUUID, x.ChildAgentUUID)
	return gone(err)
}

func listAgentRoutes(ctx context.Context, c *client, in agentRoute) iter.Seq2[agentRoute, error] {
	return ofAgent(ctx, c, in.ParentAgentUUID, func(got *agentAnswer) []agentRoute {
		all := make([]agentRoute, len(got.ChildAgents))
		for i, child := range got.ChildAgents {
			all[i].fill(in.ParentAgentUUID, child)
		}
		return all
	})
}

func (x *agentRoute) fill(parent string, child *godo.Agent) {
	*x = agentRoute{
		ID: parent + "-" + child.Uuid, ParentAgentUUID: parent, ChildAgentUUID: child.Uuid,
		RouteName: child.RouteName, IfCase: child.IfCase, UUID: child.RouteUuid,
	}
}

func checkAgentRoute(_ *agentRoute, x agentRoute) error {
	if x.ParentAgentUUID == x.ChildAgentUUID {
		return errors.New("an agent cannot route to itself: parent_agent_uuid and child_agent_uuid are the same")
	}
	return nil
}
