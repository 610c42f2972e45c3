import Foundation

/// What an app supplies. Completions are called on `completions`.
public struct KeylessPlatform {
    public let store: DeviceStore
    public let camera: Camera
    public let screen: Screen
    public let completions: DispatchQueue

    public init(
        store: DeviceStore,
        camera: Camera,
        screen: Screen,
        completions: DispatchQueue = .main
    ) {
        self.store = store
        self.camera = camera
        self.screen = screen
        self.completions = completions
    }
}

/// Why an operation has not succeeded: from 30000 what concerns the person, from 20000 the app, below the SDK.
public struct KeylessSDKError: Error {
    public let code: Int
    /// A sentence in English, for whoever integrates.
    public let message: String
    /// The name of it: the server's, if it is the server's.
    public let name: String
    /// When it is worth trying again.
    public let retryAfterSeconds: Int64?
}

/// Enrols people and authenticates them by their face or a PIN. Operations run in the background, one after the other.
public enum Keyless {
    private struct Configured {
        let recognition: Recognition
        let platform: KeylessPlatform
    }

    private static let lock = NSLock()
    private static var configured: Configured?
    private static let background = DispatchQueue(label: "keyless")

    /// Sets the SDK up, once, before anything else.
    public static func configure(
        setup: SetupConfig,
        platform: KeylessPlatform,
        onCompletion: @escaping (Result<Void, KeylessSDKError>) -> Void = { _ in }
    ) {
        let configured = result {
            let recognition = try Recognition(
                setup: setup, store: platform.store, camera: platform.camera, screen: platform.screen)
            lock.lock()
            defer { lock.unlock() }
            self.configured = Configured(recognition: recognition, platform: platform)
        }
        platform.completions.async { onCompletion(configured) }
    }

    /// Enrols a face on this device.
    public static func enroll(
        configuration: BiomEnrollConfig,
        onCompletion: @escaping (Result<EnrollmentSuccess, KeylessSDKError>) -> Void
    ) {
        begin(onCompletion) { try $0.enrollFace(configuration: configuration) }
    }

    /// Enrols a PIN on this device, for who has enrolled their face on it.
    public static func enroll(
        configuration: PinEnrollConfig,
        onCompletion: @escaping (Result<EnrollmentSuccess, KeylessSDKError>) -> Void
    ) {
        begin(onCompletion) { try $0.enrollPin(configuration: configuration) }
    }

    /// Authenticates by the face.
    public static func authenticate(
        configuration: BiomAuthConfig,
        onCompletion: @escaping (Result<AuthenticationSuccess, KeylessSDKError>) -> Void
    ) {
        begin(onCompletion) { try $0.authenticateByFace(configuration: configuration) }
    }

    /// Authenticates by the PIN.
    public static func authenticate(
        configuration: PinAuthConfig,
        onCompletion: @escaping (Result<AuthenticationSuccess, KeylessSDKError>) -> Void
    ) {
        begin(onCompletion) { try $0.authenticateByPin(configuration: configuration) }
    }

    /// Asks whether the server still has the person and this device, without any biometrics.
    public static func validateUserAndDeviceActive(
        authorizationToken: String? = nil,
        onCompletion: @escaping (Result<Void, KeylessSDKError>) -> Void
    ) {
        begin(onCompletion) {
            try $0.validateUserAndDeviceActive(authorizationToken: authorizationToken)
        }
    }

    /// Who has enrolled on this device.
    public static func getUserId() -> Result<String, KeylessSDKError> {
        result { try recognition().userId() }
    }

    /// The public half of the device's key: `04 || x || y`.
    public static func getDevicePublicSigningKey() -> Result<Data, KeylessSDKError> {
        result { try recognition().devicePublicSigningKey() }
    }

    /// Deletes what is on this device. The server is not told.
    public static func reset(onCompletion: @escaping (Result<Void, KeylessSDKError>) -> Void) {
        begin(onCompletion) { try $0.reset() }
    }

    /// Ends the operation that is under way, as if the person had cancelled it.
    public static func cancel() {
        current()?.recognition.cancel()
    }

    private static func current() -> Configured? {
        lock.lock()
        defer { lock.unlock() }
        return configured
    }

    private static func begin<Success>(
        _ onCompletion: @escaping (Result<Success, KeylessSDKError>) -> Void,
        operation: @escaping (Recognition) throws -> Success
    ) {
        let completions = current()?.platform.completions ?? .main
        background.async {
            let ended = result { try operation(recognition()) }
            completions.async { onCompletion(ended) }
        }
    }

    private static func recognition() throws -> Recognition {
        guard let current = current() else {
            throw RecognitionError.Failed(
                code: 1002, name: "SDK_CONFIGURATION", reason: "Keyless.configure comes first",
                retryAfterSeconds: nil)
        }
        return current.recognition
    }

    private static func result<Success>(
        _ operation: () throws -> Success
    ) -> Result<Success, KeylessSDKError> {
        do {
            return .success(try operation())
        } catch RecognitionError.Failed(let code, let name, let reason, let retryAfterSeconds) {
            return .failure(
                KeylessSDKError(
                    code: Int(code), message: reason, name: name, retryAfterSeconds: retryAfterSeconds))
        } catch {
            return .failure(
                KeylessSDKError(
                    code: 5000, message: "\(error)", name: "SDK_INTERNAL_ERROR", retryAfterSeconds: nil))
        }
    }
}
