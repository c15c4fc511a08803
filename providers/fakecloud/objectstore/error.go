package objectstore

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
)

// Error is a refusal in S3's shape.
type Error struct {
	XMLName    xml.Name `xml:"Error"`
	Code       string
	Message    string
	BucketName string `xml:",omitempty"`
	Endpoint   string `xml:",omitempty"` // where to go instead
	Region     string `xml:",omitempty"` // the right one for the signature
	RequestID  string `xml:"RequestId"`

	Status int `xml:"-"`
}

// Error returns the code.
func (e *Error) Error() string { return e.Code }

// Refusal is an Error about a bucket, "" for none.
func Refusal(status int, code, bucket, message string) error {
	return &Error{Code: code, Message: message, BucketName: bucket, Status: status}
}

func noSuchBucket(name string) error {
	return Refusal(http.StatusNotFound, "NoSuchBucket", name, "The specified bucket does not exist")
}

// MethodNotAllowed refuses what a sub-resource does not have.
func MethodNotAllowed(bucket string) error {
	return Refusal(http.StatusMethodNotAllowed, "MethodNotAllowed", bucket, "The specified method is not allowed against this resource.")
}

// AnswerXML writes v, or no body when it is nil.
func AnswerXML(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	if v != nil {
		io.WriteString(w, xml.Header) //nolint:errcheck // the client may be gone
		xml.NewEncoder(w).Encode(v)   //nolint:errcheck
	}
}

// answerError writes err. An answer to HEAD has no body.
func answerError(w http.ResponseWriter, r *http.Request, err error, requestID string) {
	e := &Error{Code: "InternalError", Message: err.Error(), Status: http.StatusInternalServerError}
	errors.As(err, &e)
	e.RequestID = requestID
	w.Header().Set("x-amz-request-id", requestID)
	if r.Method == http.MethodHead {
		w.WriteHeader(e.Status)
		return
	}
	AnswerXML(w, e.Status, e)
}

// Refuse answers a fault.
func Refuse(w http.ResponseWriter, r *http.Request, status int, requestID string) {
	code, message := "InternalError", "We encountered an internal error. Please try again."
	switch status {
	case http.StatusTooManyRequests:
		// S3 throttles with 503.
		code, message, status = "SlowDown", "Please reduce your request rate.", http.StatusServiceUnavailable
	case http.StatusBadRequest:
		code, message = "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"
	}
	answerError(w, r, Refusal(status, code, "", message), requestID)
}
