using AuthSidecar.Administration.Devices;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>The ways to sign in for the approval of a device.</summary>
internal sealed class DeviceSignIns(IEnumerable<DeviceSignIn> others)
{
    public const string Approve = "/device/approve";

    private static readonly DeviceSignIn _account = new(
        "Sign in with your account",
        "You have an account in this console.",
        "/ui/login?return=%2Fdevice%2Fapprove"
    );

    /// <summary>The account first.</summary>
    public IReadOnlyList<DeviceSignIn> All { get; } = [_account, .. others];

    /// <summary>The only way, else the page that asks for one.</summary>
    public string Entry => All is [var only] ? only.Href : DeviceMessage.SignIn;
}
