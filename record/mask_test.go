package record

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/webchatspec/webchatspec/secrets"
)

// Secrets under names and in forms as sites have them.
func TestSecretsInClaims(t *testing.T) {
	long := func(piece string) string { return strings.Repeat(piece, 4) }
	claims := []string{
		// by their name
		`{"userPassword":"a-b"}`, `{"USERPASSWORD":"a-b"}`, `{"userpassword":"a-b"}`, `{"pwd":"a-b"}`, `{"pass_hash":"a-b"}`, `{"passHash":"a-b"}`, `{"PassPhrase":"a-b"}`,
		`{"pass":"hunter2"}`, `{"PASSWORD_HASH":"a-b"}`, `{"hashedPassword":"a-b"}`, `{"passwordSalt":"a-b"}`, `{"passwords":["a-b"]}`, `{"password":{"value":"a-b"}}`, `{"password":12345678}`,
		`{"apikey":"a-b"}`, `{"client-secret":"a-b"}`, `{"clientsecret":"a-b"}`, `{"x-api-token":"a-b"}`, `{"sessionCookie":"a-b"}`, `{"PHPSESSID":"a-b"}`, `{"rememberMeToken":"a-b"}`,
		`{"encryptionKey":"a-b"}`, `{"privateKeyPem":"a-b"}`, `{"connectionString":"a-b"}`, `{"recovery_codes":["a-b"]}`, `{"https://shop.example/password":"a-b"}`,
		`{"motDePasse":"a-b"}`, `{"contraseña":"a-b"}`, `{"Passwort":"a-b"}`, `{"senha":"a-b"}`, `{"wachtwoord":"a-b"}`,
		`{"motDePasseHash":"a-b"}`, `{"kennwortHash":"a-b"}`, `{"senha_md5":"a-b"}`, `{"passphraseHash":"a-b"}`,
		`{"resetCode":"4f1d6c0b9e"}`, `{"user.verification_code":"493021"}`, `{"loginCode":"K7-Q2M"}`, `{"smsCode":"4711"}`, `{"one_time_code":"48120937"}`, `{"h":"lang=en&pass=hunter2"}`,
		`{"h":"https://shop.example/reset?token=x1y2z3x1y2z3x1y2z3x1y2z3"}`, `{"h":"https://shop.example/magic-link/confirm?lang=en&code=x1y2z3x1y2z3x1y2z3x1y2z3"}`,
		`{"secretAnswer":"a-b"}`, `{"pword":"a-b"}`, `{"userPsw":"a-b"}`, `{"sessionKey":"a-b"}`, `{"encKey":"a-b"}`, `{"vault_pass":"hunter2"}`, `{"clave":"hunter2"}`, `{"basic":"YWRhOmh1bnRlcjI6aHVudGVyMg=="}`, `{"cookies":"sid=0123456789; theme=dark"}`,
		`{"cc":{"number":"4111111111111111"}}`, `{"paymentCard":{"no":4111111111111111}}`, `{"h":"redis://:hunter2@cache:6379"}`,
		`{"h":"<user><name>ada</name><password type=\"text\">hunter2</password></user>"}`, `{"h":"user: ada\npassword: hunter2\n"}`, `{"h":"{'user': 'ada', 'password': 'hunter2'}"}`, `{"h":"a:2:{s:4:\"user\";s:3:\"ada\";s:8:\"password\";s:7:\"hunter2\";}"}`, `{"h":"{:user=>\"ada\", :password=>\"hunter2\"}"}`, `{"h":"cb({\"password\":\"hunter2\"})"}`,
		`{"pin":"1234"}`, `{"cvc2":"123"}`, `{"otp":"123456"}`, `{"cookie":"session=0123456789"}`, `{"token":"x1y2z3x1y2z3x1y2z3x1y2z3"}`,
		// by their form
		`{"legacy":"$2b$10$` + long("N9qo8uLOickgx") + `"}`, `{"legacy":"$argon2id$v=19$m=65536,t=3,p=4$` + long("c29tZXNh") + `"}`, `{"legacy":"pbkdf2_sha256$260000$abc$` + long("ZGVmZ2hp") + `"}`, `{"legacy":"{SSHA}` + long("abcdefg") + `"}`,
		`{"k":"ASIA` + long("ABCD") + `"}`, `{"k":"xoxb` + `-` + long("012345-") + `"}`, `{"k":"sk_live` + `_` + long("012345") + `"}`, `{"k":"AIza` + long("Sy0123456") + `"}`, `{"k":"glpat` + `-` + long("abcde1") + `"}`,
		`{"k":"https://discord.com/api/webhooks/` + long("01234") + `/` + long("aB3-dE_5fG7") + `"}`, `{"k":"pypi` + `-AgEI` + long("abcde1") + `"}`, `{"k":"hvs` + `.` + long("CAESIJ") + `"}`, `{"k":"lin` + `_api_` + long("abcde01234") + `"}`,
		`{"k":"https://files.blob.core.windows.net/chat?sv=2022-11-02&sp=rwdl&se=2027-01-01&sig=` + long("aB3%2FdE5fG7hI") + `"}`, `{"k":"sv=2022-11-02&ss=b&srt=sco&sp=r&sig=` + long("aB3dE5fG7hI") + `%3D"}`,
		`{"h":"Bearer ` + long("abcde") + `"}`, `{"dsn":"postgres://u:hunter2@db/shop"}`, `{"h":"Server=db;User Id=sa;Password=hunter2;"}`, `{"h":"password: hunter2"}`,
		`{"h":"4111 1111 1111 1111"}`, `{"paymentRef":"4111111111111111"}`, `{"h":"3782 822463 10005"}`, `{"h":"DE89370400440532013000"}`, `{"h":"GB29 NWBK 6016 1331 9268 19"}`,
		// in encodings, one in the other
		`{"h":"eyJwYXNzd29yZCI6Imh1bnRlcjIifQ"}`, `{"h":"ZXlKd1lYTnpkMjl5WkNJNkltaDFiblJsY2pJaWZR"}`, `{"h":"7b2270617373776f7264223a2268756e74657232227d"}`, `{"h":"%7B%22password%22%3A%22hunter2%22%7D"}`,
		`{"h":"{\"password\":\"hunter2\"}"}`, `{"h":"\"{\\\"password\\\":\\\"hunter2\\\"}\""}`, `{"h":"cGFzc3dvcmQ9aHVudGVyMiZ1c2VyPWFkYQ=="}`, `{"h":"data:application/json;base64,eyJwYXNzd29yZCI6Imh1bnRlcjIifQ=="}`,
		`{"h":"PMRHAYLTON3W64TEEI5CE2DVNZ2GK4RSEJ6Q===="}`, `{"h":"eJyrVipILC4uzy9KUbJSyijNK0ktMlKqBQBd6wf2"}`, `{"a":{"b":[{"userPwd":"a-b"}]}}`,
	}
	for _, text := range claims {
		if segment := SegmentOf(text, nil); len(segment.Masked) == 0 {
			t.Errorf("no secret is seen in %s", text)
		} else if strings.Contains(segment.JSON, "hunter2") || strings.Contains(segment.JSON, "a-b") {
			t.Errorf("%s is written as %s", text, segment.JSON)
		}
	}
}

// A site fills many members with words of its own choice, also those whose like are
// ours elsewhere: what it was told in confidence stands in none of them.
func TestASiteHidesNoSecretInNames(t *testing.T) {
	const secret = "Zq9topsecret"
	var known secrets.Known
	known.Add("password", secret)
	run := Run{}
	run.Evidence.Exchanges = []Exchange{{
		Echoes: []Echo{{Input: "cookie", Where: "header:X-" + secret}}, Leaks: []Leak{{Kind: LeakToken, Where: "header:" + secret}},
		JWKS:     []ServedKey{{Kind: secret, KeyID: secret, Modulus: "5a7139746f70736563726574"}},
		Response: &Response{Cookies: []Cookie{{Name: secret, Path: "/" + secret}}, Header: map[string][]string{"X-" + secret: {secret}}},
	}}
	run.Evidence.Tokens = []Token{{Payload: SegmentOf(`{"`+secret+`":1,"`+secret+`Password":"abcd","sub":"a","user_payload":"x"}`, nil), Header: Segment{JSON: `{"alg":"` + secret[:8], Cut: true}}}
	run.Evidence.Page = &Page{
		Requests:  []PageRequest{{Method: secret, URL: "http://" + strings.ToLower(secret) + ".example/"}},
		Exposures: []Exposure{{Kind: ExposedLocal, Where: secret}}, HandlerErrors: []HandlerError{{Event: secret}},
		Visits: []Visit{{Title: secret, Widget: &Widget{Subscribed: []string{secret}, Errors: []WidgetError{{Type: secret}}}, Scripts: []WidgetScript{{Integrity: secret}}}},
		Calls:  []InstanceCall{{Method: secret, Value: &TokenValue{Type: secret}}},
	}
	run.Mask(&known)
	text, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range append(secrets.Written(secret), secret[:8]) {
		if at := strings.Index(string(text), form); at >= 0 {
			t.Errorf("%q is left: %s", form, text[max(0, at-60):at+20])
		}
	}
	if claims := run.Evidence.Tokens[0].Payload.Members(); claims["sub"] == nil || claims["user_payload"] == nil {
		t.Errorf("the claims are %v", claims)
	}
}

// Claims that only look or sound like secrets.
func TestOrdinaryClaims(t *testing.T) {
	for _, text := range []string{
		`{"passenger":"ada","compass":"north","bypass":"x","author":"ada","keyboard":"qwerty","tokenizer":"bpe","secretary":"yes","shipping":"fast","keys":["a"]}`,
		`{"seasonPass":"gold","pass":"gold","boardingPass":"A12","pass_type":"day","passport_required":"no"}`,
		`{"token_type":"Bearer","tokenUse":"id","tokenVersion":"3","token":"web","session_state":"abc","sid":"1f3a","kid":"k1","at_hash":"MTIzNDU2Nzg5MDEyMzQ1Ng"}`,
		`{"hasPassword":"yes","isPassword":"no","passwordless":"yes","passwordStrength":"strong","password_changed_at":"2024-01-01","passwordExpired":"no","forgotPassword":"no"}`,
		`{"pin":"board-7","accountNumber":"C-1001","key":"abc","salt":"sea","auth":"none","cookie":"accepted","sortKey":"price","publicKey":"MIIBIjANBgkqhkiG9w0BAQEF"}`,
		`{"a":"550e8400-e29b-41d4-a716-446655440000","b":"deadbeefcafebabe0123456789abcdef","c":"616263646566676869","d":"5f4dcc3b5aa765d61d8327deb882cf99","e":"ORSXG5BAORUGS4ZA"}`,
		`{"orderId":"4111111111111111","basket":"DE12345678901234567890","ref":"password-reset","amr":["pwd","otp"],"grant":"password","scope":"openid password:reset"}`,
		`{"page":"https://shop.example/password/reset?user=1&next=/account","text":"Please change your password: it is old","theme":"a=b;c=d"}`,
		`{"password":{"expires":"2030-01-01","strength":"good"}}`,
		`{"resetCode":"none","verificationCode":"pending","code":"493021","promoCode":"SUMMER24","countryCode":"DE49","loginCode":"sso","languageCode":"pt-BR1","api_key_hash":"abc123"}`,
		`{"picture":"https://cdn.example/ada.png?Expires=1700000000&Signature=x1y2z3x1y2z3x1y2z3x1y2z3&token=x1y2z3x1y2z3x1y2z3x1y2z3","download":"https://files.blob.core.windows.net/a.pdf?sp=r&sig=x1y2z3x1y2z3x1y2z3x1y2z3"}`,
		`{"llave":"clave","clave":"orders.eu","basic":"plan","season_pass":"GOLD24","ski_pass":"adult","cookies":"none","order":{"number":"4111111111111111"},"card":{"number":"1234"},"session_keyword":"tea","h":"<password>forgotten?</b>"}`,
		`{"h":"Forms:\npassword: must be changed soon\nname: ada","i":"{'password': True, 'hasPassword': 'yes!'}","j":"<hasPassword>true</hasPassword>"}`,
		`{"back":"https://shop.example/confirm?code=DE","next":"https://shop.example/verify?key=basket&token=web","h":"lang=en&pass=gold"}`,
	} {
		if segment := SegmentOf(text, nil); len(segment.Masked) > 0 {
			t.Errorf("%s: %v", text, segment.Masked)
		}
	}
}
