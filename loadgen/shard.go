package loadgen

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// plan is a fingerprint of the settings that the shards of one run have in common.
func (c Config) plan() string {
	text, _ := json.Marshal(struct { // durations, numbers and texts: it cannot fail
		Config
		Shard, Default, AllowHosts struct{} // these may differ, as may the generators
	}{Config: c})
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:8])
}

// hashes are the users' subs, hashed and sorted.
func (o *isolation) hashes() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	hashes := make([]string, 0, len(o.owners))
	for sub := range o.owners {
		sum := sha256.Sum256([]byte(sub))
		hashes = append(hashes, hex.EncodeToString(sum[:12]))
	}
	slices.Sort(hashes)
	return hashes
}
