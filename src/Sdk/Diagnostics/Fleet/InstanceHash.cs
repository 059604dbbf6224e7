namespace SelfProfiler.Diagnostics.Fleet;

/// <summary>A place between 0 and 1 for an instance, the same each time and evenly spread over a fleet: nobody has to hand it out.</summary>
internal static class InstanceHash
{
    public static double PlaceOf(string instance)
    {
        // FNV-1a, then a finalizer: names that differ in one digit end far apart.
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var character in instance)
        {
            hash = (hash ^ character) * 1_099_511_628_211UL;
        }

        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDUL;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53UL;
        return (hash >> 11) * (1.0 / (1UL << 53));
    }
}
