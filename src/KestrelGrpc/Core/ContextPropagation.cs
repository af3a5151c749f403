namespace Grpc.Core;

/// <summary>What a call made on behalf of a served call inherits from it.</summary>
public class ContextPropagationOptions
{
    public static readonly ContextPropagationOptions Default = new();

    public ContextPropagationOptions(bool propagateDeadline = true, bool propagateCancellation = true)
    {
        IsPropagateDeadline = propagateDeadline;
        IsPropagateCancellation = propagateCancellation;
    }

    public bool IsPropagateDeadline { get; }

    public bool IsPropagateCancellation { get; }
}

/// <summary>Made by <see cref="ServerCallContext.CreatePropagationToken"/>, given to <see cref="CallOptions"/>.</summary>
public abstract class ContextPropagationToken
{
    private protected ContextPropagationToken()
    {
    }
}

internal sealed class ServerPropagationToken(DateTime? deadline, CancellationToken cancellation) : ContextPropagationToken
{
    public DateTime? Deadline { get; } = deadline;

    public CancellationToken Cancellation { get; } = cancellation;
}
