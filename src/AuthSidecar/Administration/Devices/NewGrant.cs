namespace AuthSidecar.Administration.Devices;

/// <param name="ClientId">Client of <c>Device:Clients</c>.</param>
/// <param name="DeviceLabel">Name of the device, for people.</param>
/// <param name="Scope">Scopes separated by spaces; null or empty: all of the client's.</param>
/// <param name="Address">Client address of the request; null: unknown.</param>
/// <param name="Agent">User-Agent header of the request.</param>
internal sealed record NewGrant(string ClientId, string DeviceLabel, string? Scope, string? Address, string? Agent);

/// <param name="DeviceCode">Secret of the device, shown once.</param>
/// <param name="UserCode">Code that a person types, as shown: with a hyphen.</param>
/// <param name="Lifetime">Time until both codes are dead.</param>
/// <param name="Interval">Shortest time between two polls.</param>
internal sealed record StartedGrant(string DeviceCode, string UserCode, TimeSpan Lifetime, TimeSpan Interval);
