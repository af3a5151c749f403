namespace AuthSidecar.Administration.Shared;

/// <summary>New value of a member, which may be null. Without a change, the <see cref="Nullable{T}"/> of it is null.</summary>
internal readonly record struct Change<T>(T Value);
