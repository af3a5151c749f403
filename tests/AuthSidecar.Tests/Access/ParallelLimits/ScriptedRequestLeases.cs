using System.Collections.Concurrent;
using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Tests.Access.ParallelLimits;

/// <summary>Answers as scripted and records the calls.</summary>
internal sealed class ScriptedRequestLeases : IRequestLeases
{
    public LeaseAnswer Answer { get; set; } = LeaseAnswer.Taken;

    public bool IsLate { get; set; }

    public List<(RequestLease Lease, RedisDownAnswer WhenRedisIsDown)> Asked { get; } = [];

    public ConcurrentQueue<(string Change, string Id)> Changes { get; } = [];

    public int Count => Asked.Count;

    public async ValueTask<LeaseAnswer> TakeAsync(RequestLease lease, RedisDownAnswer whenRedisIsDown)
    {
        Asked.Add((lease, whenRedisIsDown));
        if (IsLate)
        {
            await Task.Yield();
        }

        return Answer;
    }

    public void Renew(string decisionId) => Changes.Enqueue(("renew", decisionId));

    public void End(string decisionId) => Changes.Enqueue(("end", decisionId));

    public void Release(string decisionId) => Changes.Enqueue(("release", decisionId));
}
