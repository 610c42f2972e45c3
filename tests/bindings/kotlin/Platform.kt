// What an app supplies, without a phone: a keystore, a camera with photos of a head that turns, a screen.
package countersign.recognize.test

import countersign.recognize.Camera
import countersign.recognize.CameraFrame
import countersign.recognize.Consent
import countersign.recognize.DeviceStore
import countersign.recognize.FacePose
import countersign.recognize.Guidance
import countersign.recognize.Screen
import countersign.recognize.TransactionPair
import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.nio.file.Files
import java.nio.file.Path
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import javax.imageio.ImageIO
import kotlin.math.absoluteValue
import kotlin.math.roundToInt
import kotlin.math.sign

/** As an app on Android writes it, but for where the key is. */
class MemoryStore : DeviceStore {
    private var pair: KeyPair? = null
    private var record: ByteArray? = null

    override fun createKey(): ByteArray {
        val generator = KeyPairGenerator.getInstance("EC")
        generator.initialize(ECGenParameterSpec("secp256r1"))
        pair = generator.generateKeyPair()
        return publicKey()!!
    }

    // The encoded form of a public key ends with its point.
    override fun publicKey() = pair?.public?.encoded?.takeLast(65)?.toByteArray()

    override fun sign(message: ByteArray): ByteArray =
        Signature.getInstance("SHA256withECDSA").run {
            initSign(pair!!.private)
            update(message)
            sign()
        }

    override fun load() = record

    override fun save(record: ByteArray) {
        this.record = record
    }

    override fun clear() {
        pair = null
        record = null
    }
}

/**
 * Photos of one person as the head turns: from the first, which looks ahead, to the person's left. The last is bent
 * so that it goes on from the one before.
 */
class Head(photos: Path, person: Int) : Camera {
    private val read = { number: Int -> photo(Files.readAllBytes(photos.resolve("s$person/$number.pgm"))) }
    private val turned = read(10)
    private val bent = (6 downTo 0).map { bent(turned, it * -0.02) }
    private val turning = (listOf(read(1), read(8)) + bent).map(::withMargin)
    private val left = turning.map(::jpeg)
    private val right = turning.map(::mirrored).map(::jpeg)

    @Volatile var asked = FacePose.CENTER

    /** How often it was started, and how often it is on. */
    var starts = 0
    var on = 0
    private var step = 0
    private var taken = System.nanoTime()

    override fun start(delaySeconds: Int) {
        starts += 1
        on += 1
        step = 0
        asked = FacePose.CENTER
    }

    /**
     * Nobody turns before they have seen what they are asked, nor all at once: a step a frame, of which there are at
     * most five a second. A server that takes its time for a frame has given the head that time already.
     */
    override fun frame(): CameraFrame {
        Thread.sleep((200 - (System.nanoTime() - taken) / 1_000_000).coerceAtLeast(0))
        taken = System.nanoTime()
        val target =
            when (asked) {
                FacePose.LEFT -> left.size - 1
                FacePose.RIGHT -> -(left.size - 1)
                FacePose.CENTER -> 0
            }
        step += (target - step).sign
        val photos = if (step < 0) right else left
        return CameraFrame(photos[step.absoluteValue], 0)
    }

    override fun stop() {
        on -= 1
    }
}

/** A person in front of the screen, who does what they are asked. */
class Person(private val head: Head) : Screen {
    var approves = true
    var pins = ArrayDeque<String>()
    val shown = mutableListOf<List<TransactionPair>>()
    val consents = mutableListOf<Consent>()

    override fun approve(pairs: List<TransactionPair>): Boolean {
        shown += pairs
        return approves
    }

    override fun agree(consent: Consent): Boolean {
        consents += consent
        return true
    }

    override fun enterPin(attemptsLeft: Int): String? = pins.removeFirstOrNull()

    override fun guide(guidance: Guidance) {
        if (guidance is Guidance.Pose) head.asked = guidance.pose
    }
}

/** A photo in the binary form of PGM. */
private fun photo(bytes: ByteArray): BufferedImage {
    val pgm = withLineFeeds(bytes)
    var at = 0
    val words = List(4) {
        val start = at
        while (!pgm[at].toInt().toChar().isWhitespace()) at += 1
        String(pgm, start, at++ - start)
    }
    val (width, height) = words.drop(1).map(String::toInt)
    return picture(width, height) { x, y -> (pgm[at + y * width + x].toInt() and 0xff) * 0x010101 }
}

private fun picture(width: Int, height: Int, pixel: (Int, Int) -> Int): BufferedImage {
    val picture = BufferedImage(width, height, BufferedImage.TYPE_INT_RGB)
    for (y in 0 until height) for (x in 0 until width) picture.setRGB(x, y, pixel(x, y))
    return picture
}

/** A photo with as much around it as a camera would have. */
private fun withMargin(photo: BufferedImage): BufferedImage {
    val (across, down) = photo.width * 35 / 100 to photo.height * 35 / 100
    return picture(photo.width + 2 * across, photo.height + 2 * down) { x, y ->
        val within = x - across in 0 until photo.width && y - down in 0 until photo.height
        if (within) photo.getRGB(x - across, y - down) else 110 * 0x010101
    }
}

/**
 * The face bent as if the head were turned further: its middle moved to the right by this share of the picture's
 * width, its rim left where it is.
 */
private fun bent(photo: BufferedImage, by: Double) = picture(photo.width, photo.height) { x, y ->
    val across = (x.toDouble() / photo.width - 0.5) / 0.35
    val down = (y.toDouble() / photo.height - 0.55) / 0.45
    val inside = 1 - (across * across + down * down).coerceAtMost(1.0)
    val from = (x - by * photo.width * inside * inside).roundToInt()
    photo.getRGB(from.coerceIn(0, photo.width - 1), y)
}

/** Some of the photos were once taken for text, and every line feed in them made two characters. */
private fun withLineFeeds(bytes: ByteArray): ByteArray {
    val isText = bytes[2] == '\r'.code.toByte()
    val kept = bytes.indices.filterNot { isText && bytes[it].toInt() == 13 && bytes.getOrNull(it + 1)?.toInt() == 10 }
    return bytes.sliceArray(kept)
}

private fun mirrored(photo: BufferedImage) =
    picture(photo.width, photo.height) { x, y -> photo.getRGB(photo.width - 1 - x, y) }

private fun jpeg(picture: BufferedImage): ByteArray {
    val bytes = ByteArrayOutputStream()
    check(ImageIO.write(picture, "jpeg", bytes)) { "this Java writes no JPEG" }
    return bytes.toByteArray()
}
