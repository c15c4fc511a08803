package fake

import "time"

// deleteDB takes a last snapshot unless told not to.
func (c *Cloud) deleteDB(q *call) (any, error) {
	var in struct {
		DBInstanceIdentifier      string `q:",required"`
		SkipFinalSnapshot         bool
		FinalDBSnapshotIdentifier string
		DeleteAutomatedBackups    *bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	d, err := c.findDB(q, in.DBInstanceIdentifier)
	if err != nil {
		return nil, err
	}
	switch {
	case d.Status == dbDeleting:
		return nil, refusal("InvalidDBInstanceState", "Instance %s is already being deleted.", d.Name)
	case d.Protected:
		return nil, badMix("Cannot delete protected DB Instance, please disable deletion protection and try again.")
	case in.SkipFinalSnapshot && in.FinalDBSnapshotIdentifier != "":
		return nil, badMix("FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.")
	case !in.SkipFinalSnapshot && in.FinalDBSnapshotIdentifier == "":
		return nil, badMix("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
	case !in.SkipFinalSnapshot && !d.usable() && d.Status != dbStopped:
		return nil, d.wrongState()
	}
	if !in.SkipFinalSnapshot {
		if err := c.snapshotDB(q, d, in.FinalDBSnapshotIdentifier); err != nil {
			return nil, err
		}
	}
	d.Pending, d.DueAt = nil, time.Time{}
	d.become(dbDeleting, q.now, c.o.DeleteLag)
	return dbAnswer{c.dbView(d)}, nil
}
