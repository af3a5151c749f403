namespace AuthSidecar.Administration.Shared;

/// <summary>Position in a list by age.</summary>
internal sealed record AgePosition(DateTimeOffset CreatedAt, string Id);
