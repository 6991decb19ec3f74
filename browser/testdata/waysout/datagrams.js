// Datagrams, and TLS.
attempt(() => fetch("https://SECURE/tls?t=" + token, {mode: "no-cors"}));
attempt(() => new WebSocket("wss://SECURE/tls?t=" + token));
attempt(() => new WebTransport("https://DATAGRAMS/webtransport?t=" + token).closed);
for (const urls of ["stun:DATAGRAMS", "turn:DATAGRAMS?transport=udp", "turn:HOST?transport=tcp", "turns:HOST?transport=tcp", "turns:SECURE?transport=tcp", "stun:NAME:3478"]) {
	attempt(() => {
		const peer = new RTCPeerConnection({iceServers: [{urls, username: token, credential: token}]});
		peer.createDataChannel("out");
		peer.createOffer().then(offer => peer.setLocalDescription(offer));
		const [ip, port] = "DATAGRAMS".split(":");
		peer.createOffer().then(() => peer.addIceCandidate({candidate: "candidate:1 1 udp 1 " + ip + " " + port + " typ host ufrag " + token, sdpMid: "0"})).catch(() => {});
	});
}
for (const candidate of ["tcp 1 HOST typ host tcptype passive", "udp 1 out-" + token.toLowerCase() + ".local 9 typ host", "udp 1 NAME 3478 typ host"]) {
	attempt(async () => {
		const peer = new RTCPeerConnection(), other = new RTCPeerConnection();
		peer.createDataChannel("out");
		await peer.setLocalDescription(await peer.createOffer());
		await other.setRemoteDescription(peer.localDescription);
		await other.setLocalDescription(await other.createAnswer());
		await peer.setRemoteDescription(other.localDescription);
		await peer.addIceCandidate({candidate: "candidate:1 1 " + candidate.replace(/(\d):(\d+)/, "$1 $2"), sdpMid: "0"});
	});
}
//# sourceMappingURL=http://HOST/sourcemap.map
