package endpoint

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/webchatspec/webchatspec/record"
)

// errTooLarge is the end of reading an answer that is over the size limit.
var errTooLarge = errors.New("the answer is larger than the limit")

// ErrSwitched is the end of reading an answer that is none: the connection goes
// over to a protocol that nobody asked for.
var ErrSwitched = errors.New("the answer has the status 101 (switching protocols), which nobody asked for")

// Unreachable is the error of an endpoint that cannot be asked at all.
type Unreachable struct {
	// Endpoint is the address that was tried.
	Endpoint string
	// Failure says what came of it.
	Failure record.Failure
}

func (u *Unreachable) Error() string {
	return fmt.Sprintf("token endpoint %s is not reachable (%s): %s", u.Endpoint, u.Failure.Class, u.Failure.Message)
}

// FailureOf names the class of an error from sending a request or reading its
// answer, for which there was so much time.
func FailureOf(err error, limit time.Duration) *record.Failure {
	class, message := record.FailureOther, err.Error()
	var dns *net.DNSError
	var network net.Error
	switch {
	case errors.Is(err, errTooLarge), strings.Contains(message, "response headers exceeded"):
		class = record.FailureTooLarge
	case strings.HasPrefix(message, "net/http: invalid header field"): // a taken value may be one that none can carry
		class, message = record.FailureBadConfig, "a header that cannot be sent: "+strings.TrimPrefix(message, "net/http: ")
	case isOurs(err): // before the time-outs: also names are asked for in vain until the time is up
		class, message = record.FailureGenerator, "this machine could not ask: "+message
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		class, message = record.FailureTimeout, fmt.Sprintf("no complete answer within %s", record.Span(limit.Seconds()))
	case errors.As(err, &dns):
		class, message = record.FailureDNS, fmt.Sprintf("the name %s does not resolve: check it for a typing error, or name its address with --resolve", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		class, message = record.FailureRefused, "nothing listens there ("+message+"): is the server running, and is the port right?"
	case isTLS(err):
		class = record.FailureTLS
		if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || strings.Contains(message, "HTTP response to HTTPS") {
			message = "there is no TLS on this port: is the address http, not https?"
		}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		class = record.FailureClosed
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		class = record.FailureUnreachable
	case errors.Is(err, ErrSwitched), isProtocol(err):
		class = record.FailureProtocol
	default:
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			class = record.FailureUnreachable
		}
	}
	return &record.Failure{Class: class, Message: shorten(message, maxValue)}
}

// isOurs says whether it is this machine that is at its end: descriptors, ports,
// memory, or its way to ask for names.
func isOurs(err error) bool {
	for _, limit := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL,
		syscall.EADDRINUSE, syscall.EPERM, syscall.EACCES, syscall.EAGAIN,
	} {
		if errors.Is(err, limit) {
			return true
		}
	}
	var dns *net.DNSError
	return errors.As(err, &dns) && !dns.IsNotFound
}

// isTLS says whether the handshake or the certificate is what failed.
func isTLS(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		alert        tls.AlertError
		noTLS        tls.RecordHeaderError
		authority    x509.UnknownAuthorityError
		name         x509.HostnameError
		invalid      x509.CertificateInvalidError
	)
	return errors.As(err, &verification) || errors.As(err, &alert) || errors.As(err, &noTLS) ||
		errors.As(err, &authority) || errors.As(err, &name) || errors.As(err, &invalid) ||
		strings.Contains(err.Error(), "tls: ") || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// protocolErrors are the words by which net/http tells answers that are no HTTP;
// most of its errors have no type to tell them by.
var protocolErrors = regexp.MustCompile(`^stream error|^connection error|malformed|unsupported transfer encoding|bad Content-Length|chunk|http2:|HTTP/0\.9|too many 1xx|unexpected|invalid|PROTOCOL_ERROR|line too long|message cannot|Trailer`)

func isProtocol(err error) bool {
	return errors.Is(err, http.ErrLineTooLong) || protocolErrors.MatchString(err.Error())
}

// firewallPage matches the pages with which web application firewalls refuse.
var firewallPage = regexp.MustCompile(`(?i)attention required! \| cloudflare|cf-error-details|cf-chl-|/cdn-cgi/challenge|akamaighost|reference&#32;&#35;|incapsula incident|_incapsula_resource|sucuri website firewall|the requested url was rejected\. please consult|generated by wordfence|request unsuccessful\. incapsula|<title>captcha|rate limit exceeded|too many requests|too many attempts|503 service temporarily unavailable</|request blocked\.|the request is blocked`)

// Throttled says whether the endpoint, or a firewall before it, refused because
// it is asked too often or does not like who asks: an answer that says nothing of
// what it would answer otherwise.
func Throttled(status int, header http.Header, body []byte) bool {
	switch status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		return header.Get("Retry-After") != "" || firewallPage.Match(beginning(body))
	case http.StatusForbidden, http.StatusNotAcceptable:
		return header.Get("Cf-Mitigated") != "" || firewallPage.Match(beginning(body))
	}
	return false
}

func throttledMessage(result *answer) string {
	message := fmt.Sprintf("too many requests, or refused by a firewall: status %d", result.status)
	if after := result.header.Get("Retry-After"); after != "" {
		message += ", Retry-After " + shorten(after, 40)
	}
	return message
}

// beginning is the part of a body that is searched for signs.
func beginning(body []byte) []byte { return body[:min(len(body), 64<<10)] }
