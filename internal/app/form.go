package app

import (
	"strconv"

	"sallyport/internal/dataset"
	"sallyport/problem"
)

// errorForm is the form in which the description wants errors, those of the middleware included. Without a wish
// they are problem details.
func errorForm(d *dataset.Description) *problem.Form {
	c := d.Compatibility
	if c == nil || c.Errors == nil {
		return nil
	}
	form := &problem.Form{
		Style: string(c.Errors.Style), List: c.Errors.Invalid == dataset.InvalidList, Statuses: map[int]int{},
	}
	if c.Envelope != nil {
		form.Success = c.Envelope.Success
	}
	for text, to := range c.Errors.Statuses {
		if from, err := strconv.Atoi(text); err == nil {
			form.Statuses[from] = to
		}
	}
	for _, t := range c.Errors.Texts {
		form.Texts = append(form.Texts, problem.Text{Pattern: t.Path, Status: t.Status, Text: t.Text})
	}
	return form
}
