namespace AuthSidecar.Administration.Devices;

/// <summary>A way for people without an account to say who they are, before they approve a device. Each is a service.</summary>
/// <param name="Title">Label of its button.</param>
/// <param name="Note">For whom it is, in a sentence.</param>
/// <param name="Href">Path where it begins; the code is not in it, but in the cookie of the pending device.</param>
internal sealed record DeviceSignIn(string Title, string Note, string Href);
