namespace AuthSidecar.Platform.Storage.Audit;

internal enum ActorKind
{
    /// <summary>The sidecar itself.</summary>
    System,

    /// <summary>The command line.</summary>
    Command,

    /// <summary>A person's browser.</summary>
    Session,

    /// <summary>An API key.</summary>
    Key,

    /// <summary>The legacy master key.</summary>
    Master,
}

/// <summary>Origin of a change, for the audit trail.</summary>
/// <param name="Kind">Kind of the origin.</param>
/// <param name="Id">User or key; null for others.</param>
/// <param name="Name">Name for people.</param>
/// <param name="Address">Client address of the request.</param>
internal sealed record Actor(ActorKind Kind, string? Id, string Name, string? Address = null)
{
    private static readonly AsyncLocal<Actor?> _current = new();

    public static Actor System { get; } = new(ActorKind.System, null, "system");

    /// <summary>Actor of the running request or command; the sidecar itself where none is set.</summary>
    public static Actor Current => _current.Value ?? System;

    /// <summary>Sets the actor until the result is disposed.</summary>
    public static IDisposable Use(Actor actor)
    {
        var previous = _current.Value;
        _current.Value = actor;
        return new Scope(previous);
    }

    private sealed class Scope(Actor? previous) : IDisposable
    {
        public void Dispose() => _current.Value = previous;
    }
}
