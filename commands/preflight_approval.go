package commands

import "couponbot/store"

// approval is who must still agree, where the series is not approved or the run is not inside of it.
func (f *flight) approval() error {
	s, figures := f.schedule, f.figures()
	if figures != nil && s.Covers(*figures, s.NextAt) || figures == nil && !s.ApprovedAt.IsZero() {
		return nil
	}
	if s.Approval != 0 && s.ApprovedAt.IsZero() {
		asked, err := f.ledger.Send(f.ctx, s.Approval)
		if err != nil {
			return err
		}
		if asked.State == store.SendAwaiting {
			f.find(Problem{Code: ProblemApproval, Seats: asked.Missing, Text: store.SendName(asked.ID)})
		}
	}
	if figures == nil {
		return nil
	}
	return f.ofTheRun(*figures)
}

// ofTheRun is who must agree to the run itself. That they do is what was planned where there is no series.
func (f *flight) ofTheRun(figures store.Figures) error {
	s, seats := f.schedule, f.runSeats(figures)
	parties, err := f.campaignParties(f.ctx, f.view.Campaign, s.MadeBy)
	if err != nil {
		return err
	}
	err = f.canFill(f.ctx, "", seats, parties, figures.Money)
	if r, ok := refused(err); ok && r.Code == NobodyCanApprove {
		f.find(Problem{Code: ProblemNobody, Seats: seats})
		return nil
	}
	waits := len(f.found) > 0 && f.found[len(f.found)-1].Code == ProblemApproval
	if series := !s.Until.IsZero() && s.Total > 0; err == nil && series && !waits && len(seats) > 0 {
		f.find(Problem{Code: ProblemApproval, Seats: seats})
	}
	return err
}
