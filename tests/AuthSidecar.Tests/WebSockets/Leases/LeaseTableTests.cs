using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.WebSockets.Leases;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.WebSockets.Leases;

public sealed class LeaseTableTests
{
    private const int Most = 65_536;

    private readonly FakeTimeProvider _time = new();
    private readonly LeaseTable _table;

    public LeaseTableTests() => _table = new(_time);

    [Fact]
    public void Memory_HasAnEnd()
    {
        for (var i = 0; i < Most; i++)
        {
            Assert.True(_table.Renew(Socket(i)));
        }

        Assert.False(_table.Renew(Socket(Most)));
        Assert.Equal(LeaseVerdict.ReplicaIsFull, _table.Take(Socket(Most), new(0, 0)));
        Assert.Equal(LeaseVerdict.ReplicaIsFull, _table.Take(Socket(Most), new(0, int.MaxValue)));
        Assert.Equal(Most, _table.Count);
    }

    [Fact]
    public void MemoryOfEnds_HasAnEnd_AndTheNewestStay()
    {
        for (var i = 0; i < 20_000; i++)
        {
            _table.End(Id(i));
        }

        Assert.True(_table.Renew(Socket(0)));
        Assert.False(_table.Renew(Socket(19_999)));

        // After one lifetime no late update can arrive.
        _time.Advance(ISocketLeases.Life);
        Assert.True(_table.Renew(Socket(19_999)));
    }

    [Fact]
    public void Lapsed_AreCounted_AndOthersAreNot()
    {
        for (var i = 0; i < 5; i++)
        {
            _table.Renew(Socket(i));
        }

        _table.End(Id(0));
        _time.Advance(ISocketLeases.Life / 2);
        _table.Renew(Socket(1));
        Assert.Equal((4, 0L), (_table.Count, _table.Lapsed));

        _time.Advance(ISocketLeases.Life / 2);
        Assert.Equal((1, 3L), (_table.Count, _table.Lapsed));
    }

    [Fact]
    public void UpdatesOfOtherReplicas_MoveForgetAndEnd()
    {
        _table.Renew(Socket(1));
        _table.Renew(Socket(2));
        _table.Renew(Socket(3));
        _time.Advance(TimeSpan.FromSeconds(60));

        _table.Follow(Id(1), TimeSpan.FromSeconds(80));
        _table.Follow(Id(1), TimeSpan.FromSeconds(10));
        _table.Follow(Id(2), TimeSpan.Zero);
        _table.Follow(Id(3), TimeSpan.FromMicroseconds(-1));
        _table.Follow(Id(4), TimeSpan.FromSeconds(80));

        Assert.Equal(TimeSpan.FromSeconds(80), _table.RestOf(Id(1)));
        Assert.Equal([Socket(1)], _table.All());
        Assert.True(_table.Renew(Socket(2)));
        Assert.False(_table.Renew(Socket(3)));
        Assert.Null(_table.RestOf(Id(3)));
    }

    private static SocketLease Socket(int number) => new(Id(number), $"user {number % 100}");

    private static string Id(int number) => $"{number:x32}";
}
