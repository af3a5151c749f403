using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>A state of the device pages in which nothing can be decided, in a person's words.</summary>
/// <param name="Status">Status of the answer.</param>
/// <param name="Title">Heading.</param>
/// <param name="Text">What it means.</param>
/// <param name="LinkText">The next step.</param>
/// <param name="Href">Its address.</param>
internal sealed record DeviceMessage(int Status, string Title, string Text, string LinkText, string Href)
{
    public const string Start = "/device";
    public const string SignIn = "/device/sign-in";
    private const string Devices = "/ui/me/devices";

    public static DeviceMessage Unknown { get; } =
        new(
            StatusCodes.Status404NotFound,
            "This code is unknown or has expired",
            "A code is valid for 15 minutes and works once. Start again on your device, and enter the new code here.",
            "Enter a code",
            Start
        );

    public static DeviceMessage Decided { get; } =
        new(
            StatusCodes.Status409Conflict,
            "This request was already decided",
            "A code works once. If you did not decide it yourself, look for the device in your list and revoke it there; "
                + "to connect another device, start again on it.",
            "Your devices",
            Devices
        );

    /// <summary>For people without a list of devices.</summary>
    public static DeviceMessage DecidedWithoutAccount { get; } =
        Decided with
        {
            Text =
                "A code works once. If you did not decide it yourself, tell an administrator; "
                + "to connect another device, start again on it.",
            LinkText = "Enter a code",
            Href = Start,
        };

    public static DeviceMessage OtherNetwork { get; } =
        new(
            StatusCodes.Status403Forbidden,
            "This device is in another network",
            "A device may only be approved from the network in which it is. Open this page in that network. "
                + "If you did not start this on a device of yours, deny it.",
            "Back to the request",
            "/device/approve"
        );

    public static DeviceMessage EmailOfAccount { get; } =
        new(
            StatusCodes.Status403Forbidden,
            "You have an account here",
            "An account of this console has the identity or the e-mail address that the sign-in provider named. "
                + "Sign in with the account instead.",
            "Choose another way to sign in",
            SignIn
        );

    public static DeviceMessage ProviderFailed { get; } =
        new(
            StatusCodes.Status403Forbidden,
            "The sign-in did not succeed",
            "The sign-in provider did not confirm who you are, or its answer came too late. Nothing was approved.",
            "Try again",
            SignIn
        );

    public static DeviceMessage ProviderUnavailable { get; } =
        new(
            StatusCodes.Status503ServiceUnavailable,
            "The sign-in provider does not answer right now",
            "Try again in a few seconds. Nothing was approved.",
            "Try again",
            SignIn
        );

    public static DeviceMessage SignInExpired { get; } =
        new(
            StatusCodes.Status403Forbidden,
            "Your sign-in has expired",
            "A sign-in counts for five minutes and for one device, so that no other person decides in your name. Nothing was approved.",
            "Sign in again",
            SignIn
        );

    public static DeviceMessage Off { get; } =
        new(
            StatusCodes.Status404NotFound,
            "No device can be connected here",
            "The operator of this gateway lets no program ask for access at present. Programs can use a key instead.",
            "Your keys",
            "/ui/me/api-keys"
        );

    public static DeviceMessage Throttled(TimeSpan wait) =>
        new(
            StatusCodes.Status429TooManyRequests,
            "Too many attempts",
            $"So that codes cannot be guessed, only a few may be entered and decided in an hour. Try again in {Minutes(wait)}.",
            "Enter a code",
            Start
        );

    public static DeviceMessage Of(Refusal refusal) =>
        refusal.Code switch
        {
            "expired_or_unknown" => Unknown,
            "already_resolved" or FindPendingGrant.NotPendingCode => Decided,
            "other_network" => OtherNetwork,
            "email_belongs_to_account" => EmailOfAccount,
            _ => new(Problem.StatusOf(refusal.Kind), "This is not possible", refusal.Message, "Start again", Start),
        };

    /// <summary>For people without an account.</summary>
    public static DeviceMessage OfExternal(Refusal refusal) =>
        refusal.Code switch
        {
            FindPendingGrant.NotPendingCode or "session_already_consumed" => DecidedWithoutAccount,
            "user_code_mismatch" => SignInExpired,
            "other_network" => OtherNetwork with { Href = ApproveExternalModel.Path },
            SignInFailures.Unavailable => ProviderUnavailable,
            _ => Of(refusal),
        };

    private static string Minutes(TimeSpan wait) =>
        wait <= TimeSpan.FromMinutes(1) ? "a minute"
        : wait > TimeSpan.FromMinutes(59) ? "an hour"
        : Formats.Count((long)Math.Ceiling(wait.TotalMinutes), "minute");
}
