package countersign.recognize

import java.util.concurrent.Executor
import java.util.concurrent.Executors

/** What an app supplies. Completions are called on `completions`: on Android, that of the main thread. */
class KeylessPlatform(
    val store: DeviceStore,
    val camera: Camera,
    val screen: Screen,
    val completions: Executor = Executor(Runnable::run),
)

/** Why an operation has not succeeded: from 30000 what concerns the person, from 20000 the app, below the SDK. */
data class KeylessSdkError(
    val code: Int,
    /** A sentence in English, for whoever integrates. */
    val message: String,
    /** The name of it: the server's, if it is the server's. */
    val name: String,
    /** When it is worth trying again. */
    val retryAfterSeconds: Long? = null,
)

/** Enrols people and authenticates them by their face or a PIN. Operations run in the background, one after the other. */
object Keyless {
    sealed class KeylessResult<out S, out E> {
        data class Success<out S>(val value: S) : KeylessResult<S, Nothing>()

        data class Failure<out E>(val error: E) : KeylessResult<Nothing, E>()
    }

    private class Configured(val recognition: Recognition, val platform: KeylessPlatform)

    @Volatile private var configured: Configured? = null

    private val background = Executors.newSingleThreadExecutor { work ->
        Thread(work, "keyless").apply { isDaemon = true }
    }

    /** Sets the SDK up, once, before anything else. */
    fun configure(
        setup: SetupConfig,
        platform: KeylessPlatform,
        onCompletion: (KeylessResult<Unit, KeylessSdkError>) -> Unit = {},
    ) {
        val result = result {
            val recognition = Recognition(setup, platform.store, platform.camera, platform.screen)
            configured = Configured(recognition, platform)
        }
        platform.completions.execute { onCompletion(result) }
    }

    /** Enrols a face on this device. */
    fun enroll(
        configuration: BiomEnrollConfig,
        onCompletion: (KeylessResult<EnrollmentSuccess, KeylessSdkError>) -> Unit,
    ) = begin(onCompletion) { it.enrollFace(configuration) }

    /** Enrols a PIN on this device, for who has enrolled their face on it. */
    fun enroll(
        configuration: PinEnrollConfig,
        onCompletion: (KeylessResult<EnrollmentSuccess, KeylessSdkError>) -> Unit,
    ) = begin(onCompletion) { it.enrollPin(configuration) }

    /** Authenticates by the face. */
    fun authenticate(
        configuration: BiomAuthConfig,
        onCompletion: (KeylessResult<AuthenticationSuccess, KeylessSdkError>) -> Unit,
    ) = begin(onCompletion) { it.authenticateByFace(configuration) }

    /** Authenticates by the PIN. */
    fun authenticate(
        configuration: PinAuthConfig,
        onCompletion: (KeylessResult<AuthenticationSuccess, KeylessSdkError>) -> Unit,
    ) = begin(onCompletion) { it.authenticateByPin(configuration) }

    /** Asks whether the server still has the person and this device, without any biometrics. */
    fun validateUserAndDeviceActive(
        authorizationToken: String? = null,
        onCompletion: (KeylessResult<Unit, KeylessSdkError>) -> Unit,
    ) = begin(onCompletion) { it.validateUserAndDeviceActive(authorizationToken) }

    /** Who has enrolled on this device. */
    fun getUserId(): KeylessResult<String, KeylessSdkError> = result { recognition().userId() }

    /** The public half of the device's key: `04 || x || y`. */
    fun getDevicePublicSigningKey(): KeylessResult<ByteArray, KeylessSdkError> =
        result { recognition().devicePublicSigningKey() }

    /** Deletes what is on this device. The server is not told. */
    fun reset(onCompletion: (KeylessResult<Unit, KeylessSdkError>) -> Unit) = begin(onCompletion) { it.reset() }

    /** Ends the operation that is under way, as if the person had cancelled it. */
    fun cancel() {
        configured?.recognition?.cancel()
    }

    private fun <S> begin(
        onCompletion: (KeylessResult<S, KeylessSdkError>) -> Unit,
        operation: (Recognition) -> S,
    ) {
        val completions = configured?.platform?.completions ?: Executor(Runnable::run)
        background.execute {
            val result = result { operation(recognition()) }
            completions.execute { onCompletion(result) }
        }
    }

    private fun recognition(): Recognition =
        configured?.recognition
            ?: throw RecognitionException.Failed(1002, "SDK_CONFIGURATION", "Keyless.configure comes first", null)

    private fun <S> result(operation: () -> S): KeylessResult<S, KeylessSdkError> =
        try {
            KeylessResult.Success(operation())
        } catch (failed: RecognitionException.Failed) {
            KeylessResult.Failure(
                KeylessSdkError(failed.code, failed.reason, failed.name, failed.retryAfterSeconds),
            )
        } catch (unexpected: Exception) {
            KeylessResult.Failure(KeylessSdkError(5000, unexpected.toString(), "SDK_INTERNAL_ERROR"))
        }
}
