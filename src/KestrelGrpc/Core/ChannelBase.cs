namespace Grpc.Core;

/// <summary>A connection, real or potential, to the servers at one address.</summary>
public abstract class ChannelBase
{
    private readonly string _target;

    protected ChannelBase(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        _target = target;
    }

    public string Target => _target;

    public abstract CallInvoker CreateCallInvoker();

    public Task ShutdownAsync() => ShutdownAsyncCore();

    protected virtual Task ShutdownAsyncCore() => Task.CompletedTask;
}
